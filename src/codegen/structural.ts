import { z } from 'zod';
import type { Rule } from '../api/fields.ts';

/** A node of a structural OpenAPI v3 schema: the part of OpenAPI that a CustomResourceDefinition may use, and we do. */
export interface StructuralSchema {
  readonly description?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly maximum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly Rule[];
}

/** What zod emits for a node; its own type allows booleans for schemas, which it does not write for our kinds. */
type JsonSchema = Readonly<Record<string, unknown>>;

type Translation = (value: unknown, node: JsonSchema, path: string) => unknown;

const same: Translation = (value) => value;

/** Every keyword we know what to do with, in the order in which they are written. */
const keywords: Readonly<Record<string, Translation>> = {
  description: same,
  type: (value, node) => (isIntOrString(node) ? undefined : value),
  format: same,
  enum: same,
  default: same,
  nullable: same,
  pattern: (value, node) => (node['format'] === 'date-time' ? undefined : value),
  minLength: same,
  maxLength: same,
  minimum: safeBound,
  exclusiveMinimum: same,
  maximum: safeBound,
  exclusiveMaximum: same,
  minItems: same,
  maxItems: same,
  maxProperties: same,
  required: (value) => (isEmpty(value) ? undefined : value),
  properties: (value, _node, path) => (isEmpty(value) ? undefined : translateAll(value, path)),
  additionalProperties: (value, _node, path) =>
    typeof value === 'boolean' || isEmpty(value) ? undefined : translate(value, `${path}{}`),
  items: (value, _node, path) => translate(value, `${path}[]`),
  anyOf: (_value, node, path) => (isIntOrString(node) ? undefined : refuse(path, 'anyOf')),
};

/**
 * The structural schema of what users may write: defaulted fields are not required, nested objects with
 * `.prefault({})` get `default: {}` and the API server fills in the rest. Throws, naming the path, on a keyword that
 * has no structural meaning (unions, tuples, two patterns on one string), so that nothing is lost in silence.
 */
export function structural(schema: z.ZodType): StructuralSchema {
  return translate(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }), '');
}

function translate(given: unknown, path: string): StructuralSchema {
  if (!isObject(given)) throw new Error(`The schema at "${path}" is not an object`);
  const unknown = Object.keys(given).find((keyword) => !Object.hasOwn(keywords, keyword) && !isExtension(keyword));
  if (unknown !== undefined) refuse(path, unknown);
  const node: JsonSchema = { ...given, format: integerFormat(given) ?? given['format'] };
  const translated = Object.entries(keywords)
    .filter(([keyword]) => Object.hasOwn(node, keyword))
    .map(([keyword, translation]) => [keyword, translation(node[keyword], node, path)]);
  const extensions = Object.entries(node).filter(([keyword]) => isExtension(keyword));
  return Object.fromEntries(
    [...translated, ...extensions].filter(([, value]) => value !== undefined),
  ) as StructuralSchema;
}

function translateAll(properties: unknown, path: string): Record<string, StructuralSchema> {
  const entries = Object.entries(properties as JsonSchema);
  return Object.fromEntries(entries.map(([name, node]) => [name, translate(node, `${path}.${name}`)]));
}

/** zod bounds every integer by what JavaScript can count exactly; that is its own affair, not the user's. */
function safeBound(value: unknown): unknown {
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
}

/** The width that generated clients of typed languages need. */
function integerFormat(node: JsonSchema): 'int32' | 'int64' | undefined {
  if (node['type'] !== 'integer') return undefined;
  const fits = [node['minimum'], node['maximum']].every((bound) => typeof bound === 'number' && (bound | 0) === bound);
  return fits ? 'int32' : 'int64';
}

function refuse(path: string, keyword: string): never {
  throw new Error(`A structural schema cannot say "${keyword}", which the schema at "${path}" does`);
}

function isIntOrString(node: JsonSchema): boolean {
  return node['x-kubernetes-int-or-string'] === true;
}

function isExtension(keyword: string): boolean {
  return keyword.startsWith('x-kubernetes-');
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}
