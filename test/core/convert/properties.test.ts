import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { parseTaskDefinitionSpec } from '../../../src/api/task-definition.ts';
import { convert, InputError } from '../../../src/core/convert/convert.ts';
import { reportText, type Converted } from '../../../src/core/convert/report.ts';
import { taskDefinitionContent } from '../../support/arbitraries.ts';
import { anyService, anyTaskDefinition } from '../../support/ecs-arbitraries.ts';

interface Leaf {
  readonly path: string;
  readonly value: unknown;
}

/** The leaves of a value: what has nothing in it, an empty list or object too. */
function leavesOf(value: unknown, path = ''): readonly Leaf[] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [{ path, value }];
  if (Array.isArray(value)) {
    const names = value.map((item: { readonly name?: unknown } | null) => item?.name);
    const isTelling =
      names.every((name) => typeof name === 'string' && name !== '') && new Set(names).size === names.length;
    return value.flatMap((item, index) => leavesOf(item, `${path}[${String(isTelling ? names[index] : index)}]`));
  }
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, path === '' ? name : `${path}.${name}`));
}

/** Whether a fate at that path is one of the leaf: its own, or that of a member it is in. */
function isAbout(path: string, leaf: string): boolean {
  return leaf === path || leaf.startsWith(`${path}.`) || leaf.startsWith(`${path}[`);
}

function only(input: unknown): Converted {
  const [converted, ...rest] = convert(input);
  assert.ok(converted);
  assert.deepEqual(rest, []);
  return converted;
}

/** `path: value` of leaves, without what tells items apart: where one is lost, positions move. */
function written(leaves: readonly Leaf[]): readonly string[] {
  return leaves
    .filter(({ value }) => typeof value !== 'object')
    .map(({ path, value }) => `${path.replace(/\[[^\]]*\]/g, '[]')}: ${JSON.stringify(value)}`)
    .toSorted();
}

/** Every leaf has a fate, one alone, and what is said to be kept is what is in the resource. */
function checkFates(input: Readonly<Record<string, unknown>>, converted: Converted, made: readonly string[]): void {
  const leaves = leavesOf(input);
  for (const { path } of leaves) {
    const fates = converted.fates.filter((fate) => isAbout(fate.path, path));
    assert.equal(fates.length, 1, `${path}: ${JSON.stringify(fates)}`);
  }
  const kept = converted.fates.filter((fate) => fate.kind === 'kept').map(({ path }) => path);
  const own = Object.entries(converted.resource.spec).filter(([name]) => !made.includes(name));
  assert.deepEqual(
    written(leavesOf(Object.fromEntries(own))),
    written(leaves.filter(({ path }) => kept.includes(path))),
  );
}

/** Without empty lists: `convert` leaves out what sets nothing. */
function withoutEmpty(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutEmpty);
  const members = Object.entries(value).filter(([, member]) => !(Array.isArray(member) && member.length === 0));
  return Object.fromEntries(members.map(([name, member]) => [name, withoutEmpty(member)]));
}

describe('convert, of whatever ECS could print', function () {
  this.timeout(20_000);

  it('gives every leaf of a task definition a fate, and keeps what it says it keeps', () => {
    fc.assert(
      fc.property(anyTaskDefinition, (input) => {
        const made = ['family', ...((input['networkMode'] ?? null) === null ? ['networkMode'] : [])];
        checkFates(input, only(input), made);
        checkFates(input, only({ taskDefinition: input }), made);
      }),
      { numRuns: 500 },
    );
  });

  it('gives every leaf of a service a fate, and keeps what it says it keeps', () => {
    fc.assert(
      fc.property(anyService, (input) => {
        const made = ['serviceName', 'cluster', 'taskDefinition'];
        checkFates(input, only({ services: [input], failures: [] }), made);
      }),
      { numRuns: 500 },
    );
  });

  it('loses nothing of a definition that the API takes', () => {
    fc.assert(
      fc.property(taskDefinitionContent, (content) => {
        const { resource, fates } = only({ family: 'web', ...content });
        assert.deepEqual(
          fates.filter(({ kind }) => kind === 'lost'),
          [],
        );
        const spec = parseTaskDefinitionSpec(resource.spec);
        assert.deepEqual(withoutEmpty(spec), withoutEmpty(content));
      }),
      { numRuns: 200 },
    );
  });

  it('gives the tags beside a definition a fate', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (tags) => {
        const { fates } = only({ taskDefinition: { family: 'web', containerDefinitions: [] }, tags });
        for (const { path } of leavesOf({ tags }))
          assert.ok(
            fates.some((fate) => isAbout(fate.path, path)),
            path,
          );
      }),
    );
  });

  it('tells everything it knows in the report', () => {
    fc.assert(
      fc.property(anyTaskDefinition, (input) => {
        const converted = only(input);
        const report = reportText(converted);
        const untold = [...converted.fates, ...converted.decisions].filter(({ path }) => !report.includes(path));
        assert.deepEqual(untold, []);
      }),
    );
  });

  it('takes any JSON, or says in one line why not', () => {
    const member = fc.constantFrom(
      'taskDefinition',
      'services',
      'containerDefinitions',
      'serviceName',
      'family',
      'tags',
    );
    const envelope = fc.dictionary(member, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), envelope), (input) => {
        try {
          convert(input);
        } catch (error) {
          assert.ok(error instanceof InputError, String(error));
          assert.match(error.message, /^[^\n]{10,2000}$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
