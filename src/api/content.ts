import { z } from 'zod';
import { canonicalJson } from '../base/hash.ts';
import { isRefused } from './fields.ts';

/**
 * `value` without the members that hold their schema's default. Hashing this instead of the stored object keeps the
 * identity of what runs when a later version adds a member with a default: the API server fills it in on read, and
 * nothing must roll because of that. Refused members go too: all they can hold is what ECS prints for an unset one.
 */
export function withoutDefaults(schema: z.core.$ZodType, value: unknown): unknown {
  const inner = unwrap(schema);
  if (Array.isArray(value) && inner instanceof z.ZodArray) {
    return value.map((item) => withoutDefaults(inner.element, item));
  }
  if (isRecord(value) && inner instanceof z.ZodObject) {
    const shape: Readonly<Record<string, z.core.$ZodType>> = inner.shape;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name, member]) => !isDefault(shape[name], member))
        .map(([name, member]) => [name, shape[name] ? withoutDefaults(shape[name], member) : member]),
    );
  }
  return value;
}

function isDefault(schema: z.core.$ZodType | undefined, member: unknown): boolean {
  if (member === undefined || isRefused(schema)) return true;
  if (schema instanceof z.ZodPrefault) return canonicalJson(withoutDefaults(schema, member)) === '{}';
  return schema instanceof z.ZodDefault && canonicalJson(schema.def.defaultValue) === canonicalJson(member);
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return unwrap(schema.def.innerType);
  }
  return schema;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
