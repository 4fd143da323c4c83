import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { taskDefinitionMembers } from '../../src/api/members.ts';
import { settled } from '../../src/api/settled-members.ts';
import { taskDefinitionKind } from '../../src/api/task-definition.ts';
import { structural, type StructuralSchema } from '../../src/codegen/structural.ts';
import { ecsModel, ecsRoot } from './ecs-model.ts';

/** A member of ECS's model, at the path at which our schema has it. */
interface ModelMember {
  readonly path: string;
  readonly type: string;
}

const members = taskDefinitionMembers();
const refusedPaths = new Set(members.filter(({ outcome }) => outcome.kind === 'refused').map(({ path }) => path));

/** The members of a structure and of what is in it; what is below a refused one is refused with it. */
function modelMembers(structure: string, parent: string): readonly ModelMember[] {
  return Object.entries(ecsModel[structure] ?? {}).flatMap(([name, type]) => {
    const path = parent === '' ? name : `${parent}.${name}`;
    const below = refusedPaths.has(path) ? [] : modelMembers(type.replace('[]', ''), path + type.replace(/^\w+/, ''));
    return [{ path, type }, ...below];
  });
}

const model = modelMembers(ecsRoot, '');

/** What only Kubernetes has is in a block of its own. */
function isEcs(path: string): boolean {
  return path.split('.')[0] !== 'kubernetes';
}

/** Every member of our schema, with what it is. */
function schemaMembers(schema: StructuralSchema, parent: string): readonly (readonly [string, StructuralSchema])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = parent === '' ? name : `${parent}.${name}`;
    const below = member.items ? schemaMembers(member.items, `${path}[]`) : schemaMembers(member, path);
    return [[path, member] as const, ...below];
  });
}

const schema = new Map(schemaMembers(structural(taskDefinitionKind.spec), ''));

/** A type of the model in our words: `list of string`, `map`, `object`. */
function typeOf({ type, items, additionalProperties }: StructuralSchema): string {
  if (items) return `list of ${typeOf(items)}`;
  return additionalProperties ? 'map' : String(type);
}

function typeInModel(type: string, path: string): string {
  if (type.endsWith('[]')) return `list of ${typeInModel(type.slice(0, -2), path)}`;
  // A refused map is only looked at to be refused.
  if (type === 'map' && refusedPaths.has(path)) return 'object';
  return Object.hasOwn(ecsModel, type) ? 'object' : type;
}

function sorted(paths: Iterable<string>): string[] {
  return [...paths].filter(isEcs).toSorted();
}

describe('The table of members', () => {
  it('has every member of the ECS model exactly once, and nothing else', () => {
    assert.deepEqual(sorted(members.map(({ path }) => path)), sorted(model.map(({ path }) => path)));
  });

  it('is about what the schema has, no more and no less', () => {
    assert.deepEqual(sorted(members.map(({ path }) => path)), sorted(schema.keys()));
  });

  it('has no row that the schema refuses or does not know', () => {
    const taken = members.filter(({ outcome }) => outcome.kind === 'honoured').map(({ path }) => path);
    assert.deepEqual(sorted(Object.keys(settled)), sorted(taken));
  });

  for (const { path, type } of model) {
    it(`${path} has the type that ECS gives it`, () => {
      const member = schema.get(path);
      assert(member, `${path} is not in the schema`);
      assert.equal(typeOf(member), typeInModel(type, path));
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
