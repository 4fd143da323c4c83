import { labelOfAttribute } from '../attributes.ts';

/** Its label, by which pods are kept apart, is one that every kubelet gives. */
export const hostLabel = 'kubernetes.io/hostname';
export const zoneLabel = 'topology.kubernetes.io/zone';

/** The label that tasks are spread over for a field of spread; undefined where no label can have that name. */
export function topologyKeyOf(field: string): string | undefined {
  if (!field.startsWith('attribute:')) return hostLabel;
  return labelOfAttribute(field.slice('attribute:'.length))?.key;
}
