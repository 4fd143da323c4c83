import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { withoutDefaults } from '../../src/api/content.ts';
import { taskDefinitionKind } from '../../src/api/task-definition.ts';
import { contentHash } from '../../src/base/hash.ts';
import { taskDefinitionContent } from '../support/arbitraries.ts';

const port = z.object({ number: z.int(), protocol: z.enum(['tcp', 'udp']).default('tcp') });

/** A kind as it is today. */
const schema = z.object({
  name: z.string(),
  count: z.int().default(1),
  tags: z.array(z.string()).default([]),
  ports: z.array(port).optional(),
  bounds: z.object({ min: z.int().default(100), max: z.int().default(200) }).prefault({}),
  probe: z.object({ path: z.string(), every: z.int().default(30) }).optional(),
});

/** The same kind in a later version. */
const later = schema.extend({
  priority: z.int().default(5),
  ports: z.array(port.extend({ name: z.string().default('') })).optional(),
  bounds: schema.shape.bounds.def.innerType.extend({ strategy: z.string().default('ROLLING') }).prefault({}),
});

describe('withoutDefaults', () => {
  const cases: Record<string, { readonly given: object; readonly want: object }> = {
    'leaves what has no default': { given: { name: 'a' }, want: { name: 'a' } },
    'drops a member that holds its default': { given: { name: 'a', count: 1 }, want: { name: 'a' } },
    'keeps a member that holds something else': { given: { name: 'a', count: 2 }, want: { name: 'a', count: 2 } },
    'drops a list that is the default': { given: { name: 'a', tags: [] }, want: { name: 'a' } },
    'keeps a list that is not': { given: { name: 'a', tags: ['b'] }, want: { name: 'a', tags: ['b'] } },
    'looks into lists': {
      given: {
        name: 'a',
        ports: [
          { number: 1, protocol: 'tcp' },
          { number: 2, protocol: 'udp' },
        ],
      },
      want: { name: 'a', ports: [{ number: 1 }, { number: 2, protocol: 'udp' }] },
    },
    'keeps an empty list where none is not the same': {
      given: { name: 'a', ports: [] },
      want: { name: 'a', ports: [] },
    },
    'drops an object whose members all hold their defaults': {
      given: { name: 'a', bounds: { min: 100, max: 200 } },
      want: { name: 'a' },
    },
    'drops that object empty': { given: { name: 'a', bounds: {} }, want: { name: 'a' } },
    'keeps of that object what differs': {
      given: { name: 'a', bounds: { min: 50, max: 200 } },
      want: { name: 'a', bounds: { min: 50 } },
    },
    'keeps an object that is there by choice, without its defaults': {
      given: { name: 'a', probe: { path: '/', every: 30 } },
      want: { name: 'a', probe: { path: '/' } },
    },
    'drops what is undefined': { given: { name: 'a', probe: undefined }, want: { name: 'a' } },
    'keeps members it does not know': {
      given: { name: 'a', new: { count: 1 } },
      want: { name: 'a', new: { count: 1 } },
    },
    'keeps a member of another type than its schema': {
      given: { name: 'a', bounds: 'no' },
      want: { name: 'a', bounds: 'no' },
    },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(withoutDefaults(schema, given), want);
    });
  }

  it('of a default value itself is that value', () => {
    assert.equal(withoutDefaults(z.int().default(1), 1), 1);
  });
});

const input = fc.record(
  {
    name: fc.string(),
    count: fc.integer({ min: 0, max: 2 }),
    tags: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
    ports: fc.array(
      fc.record({ number: fc.nat(3), protocol: fc.constantFrom('tcp', 'udp') }, { requiredKeys: ['number'] }),
    ),
    bounds: fc.record({ min: fc.constantFrom(50, 100), max: fc.constantFrom(100, 200) }, { requiredKeys: [] }),
    probe: fc.record({ path: fc.string(), every: fc.constantFrom(10, 30) }, { requiredKeys: ['path'] }),
  },
  { requiredKeys: ['name'] },
);

function hash(version: z.ZodType, value: unknown): string {
  return contentHash(withoutDefaults(version, value));
}

describe('the identity of content', () => {
  it('does not change when the API server fills in defaults', () => {
    fc.assert(fc.property(input, (given) => assert.equal(hash(schema, schema.parse(given)), hash(schema, given))));
  });

  it('does not change when a later version adds members with defaults', () => {
    fc.assert(fc.property(input, (given) => assert.equal(hash(later, later.parse(given)), hash(schema, given))));
  });

  it('changes when what it means does', () => {
    fc.assert(
      fc.property(input, input, (one, other) => {
        const isSame = JSON.stringify(schema.parse(one)) === JSON.stringify(schema.parse(other));
        assert.equal(hash(schema, one) === hash(schema, other), isSame);
      }),
    );
  });

  it('of a task definition does not change when the API server fills in defaults', () => {
    fc.assert(
      fc.property(taskDefinitionContent, (given) => {
        const spec = taskDefinitionKind.spec;
        const bare = withoutDefaults(spec, given);
        assert.equal(hash(spec, spec.parse(bare)), hash(spec, given));
        assert.deepEqual(withoutDefaults(spec, bare), bare);
      }),
    );
  });
});
