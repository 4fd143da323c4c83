import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { SettledMembers } from '../../src/api/difference.ts';
import type { Kind } from '../../src/api/kind.ts';
import { taskDefinitionMembers, taskMembers, type Member } from '../../src/api/members.ts';
import { settled } from '../../src/api/settled-members.ts';
import { settledTaskMembers } from '../../src/api/settled-task-members.ts';
import { taskDefinitionKind } from '../../src/api/task-definition.ts';
import { taskKind } from '../../src/api/task.ts';
import { structural, type StructuralSchema } from '../../src/codegen/structural.ts';
import { ecsModel } from './ecs-model.ts';

/** A member of ECS's model, at the path at which our schema has it. */
interface ModelMember {
  readonly path: string;
  readonly type: string;
}

/** A request of ECS's API, and what we make of it. */
interface Request {
  readonly kind: Kind;
  readonly members: readonly Member[];
  readonly settled: SettledMembers;
  /** Members of our spec that the request has not. */
  readonly own: readonly string[];
}

const requests: Record<string, Request> = {
  RegisterTaskDefinitionRequest: {
    kind: taskDefinitionKind,
    members: taskDefinitionMembers(),
    settled,
    own: ['kubernetes'],
  },
  // stop is StopTask.
  RunTaskRequest: { kind: taskKind, members: taskMembers(), settled: settledTaskMembers, own: ['kubernetes', 'stop'] },
};

/** Every member of our schema, with what it is. */
function schemaMembers(schema: StructuralSchema, parent: string): readonly (readonly [string, StructuralSchema])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = parent === '' ? name : `${parent}.${name}`;
    const below = member.items ? schemaMembers(member.items, `${path}[]`) : schemaMembers(member, path);
    return [[path, member] as const, ...below];
  });
}

/** A type of the model in our words: `list of string`, `map`, `object`. */
function typeOf({ type, items, additionalProperties }: StructuralSchema): string {
  if (items) return `list of ${typeOf(items)}`;
  return additionalProperties ? 'map' : String(type);
}

function typeInModel(type: string): string {
  if (type.endsWith('[]')) return `list of ${typeInModel(type.slice(0, -2))}`;
  return Object.hasOwn(ecsModel, type) ? 'object' : type;
}

for (const [root, { kind, members, settled: taken, own }] of Object.entries(requests)) {
  const refusedPaths = new Set(members.filter(({ outcome }) => outcome.kind === 'refused').map(({ path }) => path));

  /** The members of a structure and of what is in it; what is below a refused one is refused with it. */
  const modelMembers = (structure: string, parent: string): readonly ModelMember[] =>
    Object.entries(ecsModel[structure] ?? {}).flatMap(([name, type]) => {
      const path = parent === '' ? name : `${parent}.${name}`;
      const below = refusedPaths.has(path) ? [] : modelMembers(type.replace('[]', ''), path + type.replace(/^\w+/, ''));
      return [{ path, type }, ...below];
    });

  const model = modelMembers(root, '');
  const schema = new Map(schemaMembers(structural(kind.spec), ''));
  const sorted = (paths: Iterable<string>): string[] =>
    [...paths].filter((path) => !own.includes(path.split('.')[0] ?? '')).toSorted();

  describe(`The table of members of ${root}`, () => {
    it('has every member of the ECS model exactly once, and nothing else', () => {
      assert.deepEqual(sorted(members.map(({ path }) => path)), sorted(model.map(({ path }) => path)));
    });

    it('is about what the schema has, no more and no less', () => {
      assert.deepEqual(sorted(members.map(({ path }) => path)), sorted(schema.keys()));
    });

    it('has no row that the schema refuses or does not know', () => {
      const honoured = members.filter(({ outcome }) => outcome.kind === 'honoured').map(({ path }) => path);
      assert.deepEqual(sorted(Object.keys(taken)), sorted(honoured));
    });

    for (const { path, type } of model) {
      it(`${path} has the type that ECS gives it`, () => {
        const member = schema.get(path);
        assert(member, `${path} is not in the schema`);
        assert.equal(typeOf(member), typeInModel(type));
      });
    }

    it('says something of every member', () => {
      const words = members.map(({ outcome }) => (outcome.kind === 'refused' ? outcome.why : outcome.how));
      assert.deepEqual(
        words.filter((each) => each.length < 3),
        [],
      );
    });
  });
}
