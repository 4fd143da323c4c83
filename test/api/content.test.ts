import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { withoutDefaults } from '../../src/api/content.ts';

const schema = z.object({
  name: z.string(),
  count: z.int().default(1),
  bounds: z.object({ min: z.int().default(100), max: z.int().default(200) }).prefault({}),
  ports: z.array(z.object({ port: z.int(), protocol: z.string().default('tcp') })).optional(),
});

const cases: Record<string, { readonly value: object; readonly want: object }> = {
  'a member that holds its default goes': { value: { name: 'a', count: 1 }, want: { name: 'a' } },
  'a member that differs from its default stays': {
    value: { name: 'a', count: 2 },
    want: { name: 'a', count: 2 },
  },
  'a nested object of nothing but defaults goes as a whole': {
    value: { name: 'a', bounds: { min: 100, max: 200 } },
    want: { name: 'a' },
  },
  'a nested object keeps what differs': {
    value: { name: 'a', bounds: { min: 50, max: 200 } },
    want: { name: 'a', bounds: { min: 50 } },
  },
  'defaults go from the items of a list': {
    value: {
      name: 'a',
      ports: [
        { port: 80, protocol: 'tcp' },
        { port: 53, protocol: 'udp' },
      ],
    },
    want: { name: 'a', ports: [{ port: 80 }, { port: 53, protocol: 'udp' }] },
  },
  'a member that is absent stays absent': { value: { name: 'a', ports: undefined }, want: { name: 'a' } },
  'a member the schema does not know stays': { value: { name: 'a', other: 1 }, want: { name: 'a', other: 1 } },
};

describe('withoutDefaults', () => {
  for (const [sentence, { value, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(withoutDefaults(schema, value), want);
    });
  }
});
