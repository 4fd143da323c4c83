import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { kinds } from '../../src/api/index.ts';
import type { Kind } from '../../src/api/kind.ts';
import { renderCrd } from '../../src/codegen/crds.ts';
import { crdFiles } from '../../src/codegen/files.ts';
import { refusedMembers } from '../../src/codegen/fields.ts';
import { structural, type StructuralSchema } from '../../src/codegen/structural.ts';
import { walk, type SchemaNode } from './walk.ts';

type Check = (node: SchemaNode) => boolean;

/** Keywords that the API server refuses in a structural schema, or that would say the same thing twice. */
const forbidden = new Set(
  (
    '$ref $schema additionalItems allOf anyOf const definitions dependencies deprecated discriminator id not oneOf ' +
    'patternProperties propertyNames readOnly uniqueItems writeOnly xml ~standard'
  ).split(' '),
);

/** Rules of the API server: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources, "structural schema". */
const structuralRules: Record<string, Check> = {
  'no keyword is one that structural schemas forbid': ({ schema }) =>
    !Object.keys(schema).some((keyword) => forbidden.has(keyword)),
  'every node has a type, unless it is an integer or a string': ({ schema }) =>
    (schema.type !== undefined) !== (schema['x-kubernetes-int-or-string'] === true),
  'no object has both named and other members': ({ schema }) =>
    schema.properties === undefined || schema.additionalProperties === undefined,
  'additionalProperties is a schema': ({ schema }) =>
    !('additionalProperties' in schema) || typeof schema.additionalProperties === 'object',
  'no required member has a default': ({ schema }) =>
    (schema.required ?? []).every((name) => schema.properties?.[name]?.default === undefined),
  'every required member exists': ({ schema }) =>
    (schema.required ?? []).every((name) => schema.properties?.[name] !== undefined),
  'the keys of a list-map are required or defaulted': ({ schema }) =>
    (schema['x-kubernetes-list-map-keys'] ?? []).every((key) => isAlwaysSet(schema.items, key)),
  'a list is a map exactly when it has keys': ({ schema }) =>
    (schema['x-kubernetes-list-type'] === 'map') === (schema['x-kubernetes-list-map-keys'] !== undefined),
};

/** Rules of our own: everything is bounded, so that rules can be priced and nobody stores a megabyte in a name. */
const houseRules: Record<string, Check> = {
  'every list says how many items it takes': ({ schema }) => schema.type !== 'array' || schema.maxItems !== undefined,
  'every list says how server-side apply merges it': ({ schema }) =>
    schema.type !== 'array' || schema['x-kubernetes-list-type'] !== undefined,
  'every list of items that must have a name is merged by key': ({ schema }) =>
    schema.items?.required?.includes('name') !== true || schema['x-kubernetes-list-type'] === 'map',
  'every map says how many entries it takes': ({ schema }) =>
    schema.additionalProperties === undefined || schema.maxProperties !== undefined,
  'every string is bounded': ({ schema }) =>
    schema.type !== 'string' || schema.maxLength !== undefined || schema.enum !== undefined,
  'every number has a lower bound': ({ schema }) => !isNumber(schema) || schema.minimum !== undefined,
  'every number that is not a count without end has an upper bound': ({ schema }) =>
    !isNumber(schema) || schema.maximum !== undefined || schema.format === 'int64',
  'every field is described by a sentence': ({ schema, isField }) => !isField || /^[A-Za-z].+/.test(words(schema)),
  // The API server drops an empty one, and then takes who applies the manifest again for somebody who changes it.
  'no description is empty': ({ schema }) => schema.description !== '',
  'every rule has a message': ({ schema }) =>
    (schema['x-kubernetes-validations'] ?? []).every(({ message }) => message.length > 0),
};

function isAlwaysSet(item: StructuralSchema | undefined, key: string): boolean {
  return item?.required?.includes(key) === true || item?.properties?.[key]?.default !== undefined;
}

function isNumber({ type }: StructuralSchema): boolean {
  return type === 'integer' || type === 'number';
}

function words({ description = '' }: StructuralSchema): string {
  return description;
}

function rootOf(kind: Kind): StructuralSchema {
  return (renderCrd(kind).spec.versions[0] as { schema: { openAPIV3Schema: StructuralSchema } }).schema.openAPIV3Schema;
}

/** What people write and read: the root and its metadata are the API server's. */
function ownNodes(kind: Kind): readonly SchemaNode[] {
  const { spec, status } = rootOf(kind).properties ?? {};
  assert(spec && status);
  return [...walk(spec, 'spec'), ...walk(status, 'status')];
}

/** The schema a simple JSONPath leads to; array subscripts and filters step into the items. */
function resolve(root: StructuralSchema, jsonPath: string): StructuralSchema | undefined {
  const steps = jsonPath
    .replace(/\[\?\([^)]*\)\]|\[\d+\]/g, '.[]')
    .split('.')
    .slice(1);
  return steps.reduce<StructuralSchema | undefined>(
    (schema, step) => (step === '[]' ? schema?.items : schema?.properties?.[step]),
    root,
  );
}

for (const kind of kinds) {
  describe(`The CRD of ${kind.kind}`, () => {
    const violations = (nodes: readonly SchemaNode[], holds: Check): readonly string[] =>
      nodes.filter((node) => !holds(node)).map(({ path }) => path);

    for (const [sentence, holds] of Object.entries(structuralRules)) {
      it(sentence, () => {
        assert.deepEqual(violations(walk(rootOf(kind), ''), holds), []);
      });
    }

    for (const [sentence, holds] of Object.entries(houseRules)) {
      it(sentence, () => {
        assert.deepEqual(violations(ownNodes(kind), holds), []);
      });
    }

    it('takes members it does not know only where it refuses them', () => {
      const refused = new Set(refusedMembers(structural(kind.spec)).map(({ path }) => `spec.${path}`));
      const open = ownNodes(kind).filter(({ schema }) => schema['x-kubernetes-preserve-unknown-fields'] === true);
      const paths = open.map(({ path }) => path.replace(/\[\]$/, ''));
      assert.deepEqual(
        paths.filter((path) => !refused.has(path)),
        [],
      );
    });

    it('restricts nothing of metadata but the name', () => {
      assert.deepEqual(Object.keys(rootOf(kind).properties?.['metadata']?.properties ?? {}), ['name']);
    });

    it('shows in kubectl only what exists', () => {
      const own = kind.columns.filter(({ jsonPath }) => !jsonPath.startsWith('.metadata'));
      const missing = own.filter(({ jsonPath }) => resolve(rootOf(kind), jsonPath) === undefined);
      assert.deepEqual(missing, []);
    });

    it('scales by fields that exist, and the desired one is never absent', () => {
      const { specReplicasPath, statusReplicasPath, labelSelectorPath } = kind.scale ?? {};
      const paths = [specReplicasPath, statusReplicasPath, labelSelectorPath].filter((path) => path !== undefined);
      assert.deepEqual(
        paths.filter((path) => resolve(rootOf(kind), path) === undefined),
        [],
      );
      if (specReplicasPath !== undefined) {
        assert.equal(typeof resolve(rootOf(kind), specReplicasPath)?.default, 'number');
      }
    });

    it('requires a spec, or defaults it to an empty one', () => {
      const root = rootOf(kind);
      const isRequired = root.required?.includes('spec') ?? false;
      assert.equal(isRequired, kind.specOptional !== true);
      assert.deepEqual(root.properties?.['spec']?.default, isRequired ? undefined : {});
    });
  });
}

describe('The manifests of the CRDs', () => {
  const limit = 200 * 1024;

  for (const { path, content } of crdFiles(kinds)) {
    it(`${path} says that it is generated and fits into an annotation`, () => {
      assert.match(content, /^# Generated from src\/api by `npm run generate`/);
      assert(Buffer.byteLength(content) < limit);
    });
  }

  it('fit into an annotation as JSON', () => {
    const tooLarge = kinds.filter((kind) => Buffer.byteLength(JSON.stringify(renderCrd(kind))) >= limit);
    assert.deepEqual(tooLarge, []);
  });

  it('give every kind names of its own', () => {
    const names = kinds.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]);
    assert.deepEqual(names, [...new Set(names)]);
  });
});
