import { z } from 'zod';
import { isRefused, refusedPrefix } from './fields.ts';

/** A member that has no place in a schema, and why. */
export interface Left {
  /** Dotted; items of lists by their name where they have one: `containerDefinitions[app].secrets`. */
  readonly path: string;
  readonly reason: string;
}

/** What a schema can hold of a value. */
export interface Supported {
  readonly kept: unknown;
  /** Paths of all leaves that are kept. */
  readonly paths: readonly string[];
  readonly left: readonly Left[];
}

/**
 * Sorts the members of a value into those that the schema takes and those that it does not: unknown ones, refused ones,
 * and values out of its bounds. What is unset (null, or an empty value of what is refused) is neither. Rules that the
 * API server checks with CEL are not looked at.
 */
export function supportedBy(schema: z.core.$ZodType, value: unknown, path = ''): Supported {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodObject && isRecord(value)) return supportedMembers(inner, value, path);
  if (inner instanceof z.ZodArray && Array.isArray(value)) return supportedItems(inner, value, path);
  const result = z.safeParse(inner, value);
  if (result.success) return { kept: value, paths: [path], left: [] };
  const [issue] = result.error.issues;
  return { kept: undefined, paths: [], left: [{ path, reason: `${JSON.stringify(value)}: ${issue?.message ?? ''}` }] };
}

function supportedMembers(schema: z.ZodObject, value: Readonly<Record<string, unknown>>, path: string): Supported {
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
  const parts = Object.entries(value).map(([name, member]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [name, supportedMember(shape[name], member, at)] as const;
  });
  const kept = parts.filter(([, part]) => part.kept !== undefined).map(([name, part]) => [name, part.kept]);
  return joined(
    parts.map(([, part]) => part),
    Object.fromEntries(kept),
  );
}

function supportedMember(schema: z.core.$ZodType | undefined, member: unknown, at: string): Supported {
  if (member === null || member === undefined) return nothing;
  if (schema === undefined) return { ...nothing, left: [{ path: at, reason: 'it is no member that this API knows' }] };
  if (Array.isArray(member) && member.length === 0 && schema instanceof z.ZodOptional) return nothing;
  if (!isRefused(schema)) return supportedBy(schema, member, at);
  return isUnset(member) ? nothing : { ...nothing, left: [{ path: at, reason: refusalOf(schema) }] };
}

function supportedItems(schema: z.ZodArray, items: readonly unknown[], path: string): Supported {
  const parts = items.map((item, index) => supportedBy(schema.element, item, `${path}[${labelOf(item, index)}]`));
  return joined(
    parts,
    parts.map(({ kept }) => kept).filter((kept) => kept !== undefined),
  );
}

function labelOf(item: unknown, index: number): string {
  return isRecord(item) && typeof item['name'] === 'string' ? item['name'] : String(index);
}

function joined(parts: readonly Supported[], kept: unknown): Supported {
  return { kept, paths: parts.flatMap(({ paths }) => paths), left: parts.flatMap(({ left }) => left) };
}

const nothing: Supported = { kept: undefined, paths: [], left: [] };

/** As ECS prints what nobody has set. */
function isUnset(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === '' || value === false || (isRecord(value) && Object.keys(value).length === 0);
}

function refusalOf(schema: z.core.$ZodType): string {
  const description = z.globalRegistry.get(unwrapped(schema))?.description ?? '';
  return description.slice(refusedPrefix.length);
}

/** Without what makes it optional or gives it a default. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapper =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapper ? unwrapped(schema.def.innerType) : schema;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
