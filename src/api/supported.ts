import { z } from 'zod';
import { clip } from '../base/text.ts';
import { isRefused, refusedPrefix } from './fields.ts';
import { brokenRules } from './simple-rules.ts';

/** A member that has no place in a schema, and why. */
export interface Left {
  /** Dotted; items of lists by their names where those tell them apart: `containerDefinitions[app].secrets`. */
  readonly path: string;
  /** For a value that is wrong: the value, and what would be right. */
  readonly reason: string;
}

/** What a schema can hold of a value. Every leaf of the value is in one of the three lists, or below a path of them. */
export interface Supported {
  readonly kept: unknown;
  /** Paths of all leaves that are kept; an empty list or object is a leaf. */
  readonly paths: readonly string[];
  /** Paths at which nothing is set: null, an empty list, or as ECS prints what is refused and unset. */
  readonly unset: readonly string[];
  readonly left: readonly Left[];
  /** Of what is kept, what a rule of the API server refuses until somebody changes it. */
  readonly refused: readonly Left[];
}

/**
 * Sorts the members of a value into those that the schema takes, those in which nothing is set, and those that it does
 * not take: unknown ones, refused ones, and values out of its bounds. How many items a list may have, and those
 * rules in CEL that are not simple (`simple-rules.ts`), are not looked at.
 */
export function supportedBy(schema: z.core.$ZodType, value: unknown, path = ''): Supported {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodObject && isRecord(value)) return supportedMembers(inner.shape, value, path);
  if (inner instanceof z.ZodArray && Array.isArray(value)) return supportedItems(inner, value, path);
  if (inner instanceof z.ZodRecord && isRecord(value)) return supportedEntries(inner, value, path);
  return supportedLeaf(schema, value, path);
}

function supportedLeaf(schema: z.core.$ZodType, value: unknown, path: string): Supported {
  const result = z.safeParse(schema, value);
  const given = clip(JSON.stringify(value), 200);
  if (!result.success) return leftAt(path, `${given}: ${result.error.issues[0]?.message ?? ''}`);
  const refused = brokenRules(schema, value).map((message) => ({ path, reason: `${given}: ${message}` }));
  return { ...nothing, kept: value, paths: [path], refused };
}

/** Members that a schema names: what it does not is unknown. */
function supportedMembers(
  shape: Readonly<Record<string, z.core.$ZodType>>,
  value: Readonly<Record<string, unknown>>,
  path: string,
): Supported {
  const parts = Object.entries(value).map(([name, member]) => {
    // A member may be called `constructor`, which every object has.
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
    return [name, supportedMember(schema, member, path === '' ? name : `${path}.${name}`)] as const;
  });
  return joinedMembers(parts, path);
}

/** Entries of a map: all of one schema. */
function supportedEntries(schema: z.ZodRecord, value: Readonly<Record<string, unknown>>, path: string): Supported {
  const parts = Object.entries(value).map(
    ([key, entry]) => [key, supportedMember(schema.valueType, entry, `${path}.${key}`)] as const,
  );
  return joinedMembers(parts, path);
}

function supportedMember(schema: z.core.$ZodType | undefined, member: unknown, at: string): Supported {
  if (member === null || member === undefined) return unsetAt(at);
  if (schema === undefined) return leftAt(at, 'it is no member that this API knows');
  if (Array.isArray(member) && member.length === 0 && schema instanceof z.ZodOptional) return unsetAt(at);
  if (!isRefused(schema)) return supportedBy(schema, member, at);
  return isUnset(member) ? unsetAt(at) : leftAt(at, refusalOf(schema));
}

function supportedItems(schema: z.ZodArray, items: readonly unknown[], path: string): Supported {
  const labels = labelsOf(items);
  const parts = items.map((item, index) => supportedBy(schema.element, item, `${path}[${labels[index] ?? ''}]`));
  const kept = parts.map((part) => part.kept).filter((each) => each !== undefined);
  return joined(parts, kept, path);
}

/** The names of the items where every one has a name of its own, else their positions. */
function labelsOf(items: readonly unknown[]): readonly string[] {
  const names = items.map((item) => (isRecord(item) && typeof item['name'] === 'string' ? item['name'] : ''));
  const isTelling = !names.includes('') && new Set(names).size === names.length;
  return isTelling ? names : items.map((_, index) => String(index));
}

function joinedMembers(parts: readonly (readonly [string, Supported])[], path: string): Supported {
  const kept = parts.filter(([, part]) => part.kept !== undefined).map(([name, part]) => [name, part.kept]);
  return joined(
    parts.map(([, part]) => part),
    Object.fromEntries(kept),
    path,
  );
}

/** What has no parts is a leaf itself. */
function joined(parts: readonly Supported[], kept: unknown, path: string): Supported {
  return {
    kept,
    paths: parts.length === 0 ? [path] : parts.flatMap(({ paths }) => paths),
    unset: parts.flatMap(({ unset }) => unset),
    left: parts.flatMap(({ left }) => left),
    refused: parts.flatMap(({ refused }) => refused),
  };
}

const nothing: Supported = { kept: undefined, paths: [], unset: [], left: [], refused: [] };

function unsetAt(path: string): Supported {
  return { ...nothing, unset: [path] };
}

function leftAt(path: string, reason: string): Supported {
  return { ...nothing, left: [{ path, reason }] };
}

/** As ECS prints what nobody has set. */
function isUnset(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === '' || value === false || value === 0 || (isRecord(value) && Object.keys(value).length === 0);
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
