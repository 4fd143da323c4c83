import { z } from 'zod';
import type { Rule } from './fields.ts';

/** Rules on one value that are told without CEL: an equation with a text, a truth value, a regular expression. */
const forms: readonly { readonly form: RegExp; readonly holds: (value: unknown, operand: string) => boolean }[] = [
  { form: /^self$/, holds: (value) => value === true },
  { form: /^!self$/, holds: (value) => value === false },
  { form: /^self == '([^'\\]*)'$/, holds: (value, operand) => value === operand },
  { form: /^self\.matches\('([^'\\]*)'\)$/, holds: (value, operand) => new RegExp(operand).test(String(value)) },
];

/** The messages of the rules of a schema that a value breaks, of those that can be told without the API server. */
export function brokenRules(schema: z.core.$ZodType, value: unknown): readonly string[] {
  return rulesOf(schema)
    .filter(({ rule }) => isBroken(rule, value))
    .map(({ message }) => message);
}

/** Of the schema, and of the one that it makes optional or gives a default to. */
function rulesOf(schema: z.core.$ZodType): readonly Rule[] {
  const own = z.globalRegistry.get(schema)?.['x-kubernetes-validations'] as readonly Rule[] | undefined;
  const isWrapper = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;
  return [...(own ?? []), ...(isWrapper ? rulesOf(schema.def.innerType) : [])];
}

function isBroken(rule: string, value: unknown): boolean {
  for (const { form, holds } of forms) {
    const match = form.exec(rule);
    if (match) return !holds(value, match[1] ?? '');
  }
  return false;
}
