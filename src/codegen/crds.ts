import type { Rule } from '../api/fields.ts';
import type { Kind, PrinterColumn } from '../api/kind.ts';
import { group, version } from '../api/meta.ts';
import { structural, type StructuralSchema } from './structural.ts';

/** Names of our objects become label values of pods, which end at 63 characters; object names may have 253. */
export const longestName = 63;
const longestObjectName = 253;

const nameRule: Rule = {
  rule: `size(self.metadata.name) <= ${longestName}`,
  message: `the name must have at most ${longestName} characters: it becomes a label of the tasks`,
  messageExpression: `'the name "%s" has %d characters, at most ${longestName} are allowed: it becomes a label of the tasks'.format([self.metadata.name, size(self.metadata.name)])`,
  fieldPath: '.metadata.name',
};

/** The CustomResourceDefinition of a kind, as the API server takes it. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: Readonly<Record<string, string | readonly string[]>>;
    readonly scope: Kind['scope'];
    readonly versions: readonly CrdVersion[];
  };
}

interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly subresources: { readonly status: object; readonly scale?: NonNullable<Kind['scale']> };
  readonly additionalPrinterColumns: readonly PrinterColumn[];
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
}

/** Renders the CRD of a kind. */
export function renderCrd(kind: Kind): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: crdName(kind) },
    spec: { group, names: renderNames(kind), scope: kind.scope, versions: [renderVersion(kind)] },
  };
}

/** The name the API server demands of a kind's CRD. */
export function crdName(kind: Kind): string {
  return `${kind.plural}.${group}`;
}

function renderNames(kind: Kind): CustomResourceDefinition['spec']['names'] {
  return {
    kind: kind.kind,
    listKind: `${kind.kind}List`,
    plural: kind.plural,
    singular: kind.singular,
    shortNames: kind.shortNames,
    categories: ['ecs'],
  };
}

function renderVersion(kind: Kind): CrdVersion {
  return {
    name: version,
    served: true,
    storage: true,
    subresources: { status: {}, ...(kind.scale && { scale: kind.scale }) },
    additionalPrinterColumns: kind.columns,
    schema: { openAPIV3Schema: renderRoot(kind) },
  };
}

/** `apiVersion`, `kind` and the rest of `metadata` are described by the API server itself. */
function renderRoot(kind: Kind): StructuralSchema {
  const spec = structural(kind.spec);
  const optional = kind.specOptional === true;
  return {
    description: kind.description,
    type: 'object',
    ...(!optional && { required: ['spec'] }),
    properties: {
      metadata: { type: 'object', properties: { name: { type: 'string', maxLength: longestObjectName } } },
      spec: optional ? { ...spec, default: {} } : spec,
      status: { description: 'What the operator reports.', ...structural(kind.status) },
    },
    'x-kubernetes-validations': [nameRule],
  };
}
