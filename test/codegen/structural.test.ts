import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { structural } from '../../src/codegen/structural.ts';

interface Case {
  readonly schema: z.ZodType;
  readonly want: object;
}

const cases: Record<string, Case> = {
  'a bounded integer keeps its bounds and is 32 bits wide': {
    schema: z.int().min(1).max(65535),
    want: { type: 'integer', format: 'int32', minimum: 1, maximum: 65535 },
  },
  'an integer that can exceed 32 bits is 64 bits wide': {
    schema: z.int().min(0).max(2147483648),
    want: { type: 'integer', format: 'int64', minimum: 0, maximum: 2147483648 },
  },
  "the bounds of JavaScript's integers are not the user's": {
    schema: z.int(),
    want: { type: 'integer', format: 'int64' },
  },
  'a number of any kind has no format': {
    schema: z.number().min(0).max(1),
    want: { type: 'number', minimum: 0, maximum: 1 },
  },
  'a defaulted field is not required': {
    schema: z.object({ given: z.boolean(), defaulted: z.boolean().default(true), optional: z.boolean().optional() }),
    want: {
      type: 'object',
      properties: {
        given: { type: 'boolean' },
        defaulted: { type: 'boolean', default: true },
        optional: { type: 'boolean' },
      },
      required: ['given'],
    },
  },
  'a nested object with a prefault gets an empty default': {
    schema: z.object({ inner: z.object({ a: z.boolean().default(true) }).prefault({}) }),
    want: {
      type: 'object',
      properties: { inner: { type: 'object', default: {}, properties: { a: { type: 'boolean', default: true } } } },
    },
  },
  'a literal is an enum of one': { schema: z.literal('tcp'), want: { type: 'string', enum: ['tcp'] } },
  'a pattern, a length and a description stay': {
    schema: z.string().max(3).regex(/^a+$/).describe('Letters.'),
    want: { type: 'string', maxLength: 3, pattern: '^a+$', description: 'Letters.' },
  },
  'a time has a format and no pattern': {
    schema: z.iso.datetime().max(64),
    want: { type: 'string', format: 'date-time', maxLength: 64 },
  },
  'an object closed to other members says nothing about them': {
    schema: z.strictObject({ a: z.boolean() }),
    want: { type: 'object', properties: { a: { type: 'boolean' } }, required: ['a'] },
  },
  'an object open to other members says so by its extension alone': {
    schema: z.looseObject({}).meta({ 'x-kubernetes-preserve-unknown-fields': true }),
    want: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
  'a map says what its values are': {
    schema: z.record(z.string(), z.string().max(9)).meta({ maxProperties: 5 }),
    want: { type: 'object', maxProperties: 5, additionalProperties: { type: 'string', maxLength: 9 } },
  },
  'an integer or a string has no type': {
    schema: z.union([z.int(), z.string()]).meta({ 'x-kubernetes-int-or-string': true }),
    want: { 'x-kubernetes-int-or-string': true },
  },
  'what a list says of its items stays': {
    schema: z.array(z.boolean()).max(2).meta({ 'x-kubernetes-list-type': 'atomic' }),
    want: { type: 'array', maxItems: 2, items: { type: 'boolean' }, 'x-kubernetes-list-type': 'atomic' },
  },
};

const refusals: Record<string, { readonly schema: z.ZodType; readonly want: RegExp }> = {
  'a union has no structural form': {
    schema: z.object({ port: z.union([z.int(), z.string()]) }),
    want: /"anyOf".*"\.port"/,
  },
  'two patterns on one string have no structural form': {
    schema: z.object({ list: z.array(z.string().regex(/a/).regex(/b/)) }),
    want: /"allOf".*"\.list\[\]"/,
  },
};

describe('structural', () => {
  for (const [sentence, { schema, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(structural(schema), want);
    });
  }

  for (const [sentence, { schema, want }] of Object.entries(refusals)) {
    it(`${sentence}, and the error names the field`, () => {
      assert.throws(() => structural(schema), want);
    });
  }
});
