import { refusedPrefix } from '../api/fields.ts';
import type { StructuralSchema } from './structural.ts';

/** A field of a schema as the reference shows it. */
export interface Field {
  /** Dotted, with `[]` after a list: `containerDefinitions[].image`. */
  readonly path: string;
  readonly required: boolean;
  readonly schema: StructuralSchema;
}

/** A member of the ECS model that is in the schema only to be refused. */
export interface RefusedMember {
  readonly path: string;
  readonly reason: string;
}

/** A sentence about a field that a CEL rule enforces; the path is empty where it is about the whole object. */
export interface FieldRule {
  readonly path: string;
  readonly message: string;
}

/** The fields that can be set, parents before their children, in the order of the schema. */
export function settableFields(schema: StructuralSchema): readonly Field[] {
  return allFields(schema, '').filter((field) => refusalOf(field.schema) === undefined);
}

/** The members that are refused, with the reason the user is given. */
export function refusedMembers(schema: StructuralSchema): readonly RefusedMember[] {
  return allFields(schema, '').flatMap(({ path, schema: member }) => {
    const reason = refusalOf(member);
    return reason === undefined ? [] : [{ path, reason }];
  });
}

/** What CEL rules demand beyond types and bounds, refusals left out. */
export function fieldRules(schema: StructuralSchema): readonly FieldRule[] {
  const root = { path: '', required: true, schema };
  const holders = [root, ...settableFields(schema)].flatMap(({ path, schema: node }) => [
    { path, node },
    ...(node.items ? [{ path: `${path}[]`, node: node.items }] : []),
  ]);
  return holders.flatMap(({ path, node }) =>
    (node['x-kubernetes-validations'] ?? []).map(({ message }) => ({ path, message })),
  );
}

function allFields(schema: StructuralSchema, parent: string): readonly Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = parent === '' ? name : `${parent}.${name}`;
    const required = schema.required?.includes(name) ?? false;
    return [{ path, required, schema: member }, ...childFields(member, path)];
  });
}

function childFields(schema: StructuralSchema, path: string): readonly Field[] {
  if (schema.items) return childFields(schema.items, `${path}[]`);
  if (schema.additionalProperties) return childFields(schema.additionalProperties, `${path}.*`);
  return allFields(schema, path);
}

function refusalOf({ description = '' }: StructuralSchema): string | undefined {
  return description.startsWith(refusedPrefix) ? description.slice(refusedPrefix.length) : undefined;
}
