import type { StructuralSchema } from '../../src/codegen/structural.ts';

/** A node of a schema and what its parent says of it. */
export interface SchemaNode {
  readonly path: string;
  readonly schema: StructuralSchema;
  /** Whether it is a member of an object, and not an item of a list or a value of a map. */
  readonly isField: boolean;
}

/** Every node below and including `schema`, parents first. */
export function walk(schema: StructuralSchema, path: string, isField = true): readonly SchemaNode[] {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => walk(field, `${path}.${name}`));
  const items = schema.items ? walk(schema.items, `${path}[]`, false) : [];
  const values = schema.additionalProperties ? walk(schema.additionalProperties, `${path}.*`, false) : [];
  return [{ path, schema, isField }, ...fields, ...items, ...values];
}
