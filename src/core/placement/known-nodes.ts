import type { NodeView } from '../../api/meta.ts';
import { memo } from '../../base/memo.ts';
import { attributeOf, ec2InstanceIdOf } from './attributes.ts';
import type { KnownNodes } from './query/node-affinity/literal.ts';

/** What constraints may have to know of nodes: looked for when it is asked for, and once for each list of nodes. */
export const knownNodesOf = memo((nodes: readonly NodeView[]): KnownNodes => {
  const values = new Map<string, readonly string[]>();
  return {
    valuesOf: (attribute) => {
      const known = values.get(attribute) ?? distinctValues(nodes, attribute);
      values.set(attribute, known);
      return known;
    },
    nameOf: (instance) => nodes.find(({ spec }) => ec2InstanceIdOf(spec?.providerID) === instance)?.metadata.name,
  };
});

function distinctValues(nodes: readonly NodeView[], attribute: string): readonly string[] {
  return [...new Set(nodes.flatMap(({ metadata }) => attributeOf(metadata.labels ?? {}, attribute) ?? []))];
}
