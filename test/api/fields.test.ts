import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { namedList, refused, text, withRules } from '../../src/api/fields.ts';
import { supportedBy } from '../../src/api/supported.ts';
import { structural, type StructuralSchema } from '../../src/codegen/structural.ts';

type Shape = Parameters<typeof refused>[0][string][0];

/** The type a refused member is checked for, and the rule that lets through what ECS prints when it is unset. */
const shapes: Record<Shape, { readonly type: string; readonly rule: string }> = {
  string: { type: 'string', rule: "self == ''" },
  boolean: { type: 'boolean', rule: '!self' },
  integer: { type: 'integer', rule: 'self == 0' },
  map: { type: 'object', rule: 'size(self) == 0' },
  object: { type: 'object', rule: 'false' },
  strings: { type: 'array', rule: 'size(self) == 0' },
  objects: { type: 'array', rule: 'size(self) == 0' },
};

function fieldOf(fields: Readonly<Record<string, z.ZodType>>, name: string): StructuralSchema {
  const field = structural(z.object(fields)).properties?.[name];
  assert(field);
  return field;
}

describe('refused', () => {
  for (const [shape, { type, rule }] of Object.entries(shapes)) {
    it(`a member of shape ${shape} keeps its type, and its rule names it and says why`, () => {
      const field = fieldOf(refused({ links: [shape as Shape, 'there is one network'] }), 'links');
      assert.equal(field.type, type);
      assert.deepEqual(field['x-kubernetes-validations'], [
        { rule, message: 'links is not supported: there is one network' },
      ]);
      assert.equal(field.description, 'Refused: there is one network');
    });
  }

  it('an object is kept whole until its rule is read, so that no client loses it in silence', () => {
    const field = fieldOf(refused({ alarms: ['object', 'there are none'] }), 'alarms');
    assert.equal(field['x-kubernetes-preserve-unknown-fields'], true);
  });

  it('what is let through as unset is unset to those who sort members', () => {
    const unset = { string: '', boolean: false, integer: 0, map: {}, strings: [], objects: [] };
    for (const [shape, value] of Object.entries(unset)) {
      const schema = z.object(refused({ links: [shape as Shape, 'there is one network'] }));
      assert.deepEqual(supportedBy(schema, { links: value }).unset, ['links'], shape);
    }
  });

  it('a refused member is never required', () => {
    assert.equal(structural(z.object(refused({ a: ['string', 'b'] }))).required, undefined);
  });
});

describe('withRules', () => {
  const rules = [{ rule: 'size(self) < 3', message: 'fewer than three' }];

  it('keeps what the schema says already', () => {
    const list = namedList(z.object({ name: text(5, 'Its name.') }), { max: 3, keys: ['name'] }, 'Items.');
    const field = structural(withRules(list, ...rules));
    assert.deepEqual(field['x-kubernetes-validations'], rules);
    assert.deepEqual(field['x-kubernetes-list-map-keys'], ['name']);
    assert.equal(field.description, 'Items.');
  });

  it('survives a description, a bound and an option added later', () => {
    const field = fieldOf(
      {
        a: withRules(z.array(z.boolean()), ...rules)
          .min(1)
          .describe('A.')
          .optional(),
      },
      'a',
    );
    assert.deepEqual(field['x-kubernetes-validations'], rules);
    assert.equal(field.minItems, 1);
  });
});
