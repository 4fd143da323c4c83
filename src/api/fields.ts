import { z } from 'zod';

/**
 * The vocabulary the kinds are written in. Every list, map and string has a bound, so that the API server can price
 * the CEL rules and nobody can store a megabyte in a name.
 */

/** A CEL rule and the sentence the user reads when it does not hold. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  /**
   * CEL giving the sentence with the user's values in it. Values go in through `format`: the API server cannot bound
   * the length of `string(number)` and refuses such a rule as too dear.
   */
  readonly messageExpression?: string;
  /** Where the error points to, from the field that has the rule; that field itself when absent. */
  readonly fieldPath?: string;
}

/** Attaches CEL rules to a schema (`x-kubernetes-validations`), beside the field they guard. */
export function withRules<T extends z.ZodType>(schema: T, ...rules: readonly Rule[]): T {
  return schema.meta({ 'x-kubernetes-validations': rules });
}

/** A non-empty string of at most `max` characters. */
export function text(max: number, description: string): z.ZodString {
  return z.string().min(1).max(max).describe(description);
}

/** The name of an environment variable of at most `max` characters, as pods take it (Kubernetes, EnvVar). */
export function variableName(max: number): z.ZodString {
  return text(max, 'Name of the variable: printable ASCII without =.').regex(/^[ -<>-~]+$/);
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number, description: string): z.ZodInt {
  return z.int().min(min).max(max).describe(description);
}

/** A list of at most `max` items that is replaced as a whole. */
export function list<T extends z.ZodType>(item: T, max: number, description: string): z.ZodArray<T> {
  return z.array(item).max(max).describe(description).meta({ 'x-kubernetes-list-type': 'atomic' });
}

/** A list that server-side apply merges by `keys`; duplicates are refused by the API server. */
export function namedList<T extends z.ZodType>(
  item: T,
  options: { readonly max: number; readonly keys: readonly string[] },
  description: string,
): z.ZodArray<T> {
  return z
    .array(item)
    .max(options.max)
    .describe(description)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': options.keys });
}

/** Texts by key. What a key may be longer than, a schema cannot say: a rule does. */
export function textMap(
  most: { readonly max: number; readonly key: number; readonly value: number },
  description: string,
): z.ZodRecord<z.ZodString, z.ZodString> {
  const map = z.record(z.string(), z.string().max(most.value)).describe(description);
  return withRules(map.meta({ maxProperties: most.max, 'x-kubernetes-map-type': 'granular' }), {
    rule: `self.all(key, size(key) >= 1 && size(key) <= ${String(most.key)})`,
    message: `keys must have 1 to ${String(most.key)} characters`,
  });
}

/** How the description of a refused member begins: the field reference lists those apart. */
export const refusedPrefix = 'Refused: ';

/** The shapes an ECS member can have; a refused member still has its shape, so that the message is about the member. */
type RefusedShape = 'string' | 'boolean' | 'integer' | 'map' | 'object' | 'strings' | 'objects';

const opaque = z.object({}).meta({ 'x-kubernetes-preserve-unknown-fields': true });

const refusedShapes: Record<RefusedShape, { readonly schema: () => z.ZodType<unknown>; readonly rule: string }> = {
  string: { schema: () => z.string().max(2048), rule: "self == ''" },
  boolean: { schema: () => z.boolean(), rule: '!self' },
  integer: { schema: () => z.int32(), rule: 'self == 0' },
  map: {
    schema: () => z.record(z.string(), z.string().max(2048)).meta({ maxProperties: 100 }),
    rule: 'size(self) == 0',
  },
  object: { schema: () => opaque, rule: 'false' },
  strings: { schema: () => list(z.string().max(2048), 100, ''), rule: 'size(self) == 0' },
  objects: { schema: () => list(opaque, 100, ''), rule: 'size(self) == 0' },
};

/**
 * ECS members that are not supported: part of the schema only to be refused by name, whatever client sends them. The
 * API server would otherwise prune them in silence for clients that do not ask for strict validation. What ECS itself
 * prints when a member is unset (an empty list, `false`, 0) is let through; null the API server takes for absent.
 */
export function refused<T extends Readonly<Record<string, readonly [RefusedShape, string]>>>(
  members: T,
): { [K in keyof T]: z.ZodOptional<z.ZodType<unknown>> } {
  const fields = Object.entries(members).map(([name, [shape, reason]]) => {
    const { schema, rule } = refusedShapes[shape];
    const message = `${name} is not supported: ${reason}`;
    const described = schema().describe(`${refusedPrefix}${reason}`);
    return [name, withRules(described, { rule, message }).optional()];
  });
  return Object.fromEntries(fields) as { [K in keyof T]: z.ZodOptional<z.ZodType<unknown>> };
}

/** Whether the schema is that of a refused member. */
export function isRefused(schema: z.core.$ZodType | undefined): boolean {
  if (!(schema instanceof z.ZodOptional)) return false;
  const inner: z.core.$ZodType = schema.def.innerType;
  return z.globalRegistry.get(inner)?.description?.startsWith(refusedPrefix) ?? false;
}
