import { annotations } from '../../../api/labels.ts';
import type { NodeTerm, PodView } from '../../../api/meta.ts';
import { memo } from '../../../base/memo.ts';
import { labelsOfAttribute } from '../attributes.ts';
import type { PlacementRequest } from '../model-types.ts';
import { queriesOf } from '../query/constraints.ts';
import { attributesIn } from '../query/query.ts';
import { affinityQueries, labelsAsked, termsBeside } from './affinity-query.ts';
import { termsOf } from './pin.ts';
import { inNamespace } from './placed-pod.ts';
import { readPodPlacement, type PodPlacement } from './pod-placement.ts';

/** What a pod without a node asks for. */
export interface Asked {
  readonly request: PlacementRequest;
  /** The same for all that ask for the same: where one finds no node, none does. */
  readonly shape: string;
}

/** What the pod of a task that we place asks for; undefined where its annotation is damaged. Told once for each state of a pod. */
export const askedBy = memo((pod: PodView): Asked | undefined => {
  const placement = readPodPlacement(pod);
  return placement && askedOf(pod, placement);
});

function askedOf(pod: PodView, placement: PodPlacement): Asked {
  return asked(pod, placement, termsOf(pod.spec?.affinity));
}

/**
 * What a pod asks for whose node the kube-scheduler chooses. Its affinity says the constraints of its task once more, in
 * labels: what is told is how their author has written them, and what else the affinity asks.
 */
export function askedOfScheduler(pod: PodView, placement: PodPlacement): Asked {
  const said = new Set(queriesOf(placement.constraints).flatMap(attributesIn).flatMap(labelKeysOf));
  return asked(pod, placement, termsBeside(termsOf(pod.spec?.affinity), said));
}

function labelKeysOf(attribute: string): string[] {
  return labelsOfAttribute(attribute).map(({ key }) => key);
}

function asked(
  { metadata, spec }: PodView,
  { strategy, constraints, group }: PodPlacement,
  terms: readonly NodeTerm[],
): Asked {
  // Labels with one value are those of the nodes of its provider: nothing else of ours asks for such.
  const labels = labelsAsked(terms);
  const name = metadata.annotations?.[annotations.capacityProvider];
  const own = {
    group: inNamespace(metadata.namespace ?? '', group),
    ...(spec?.demand ?? { amounts: {}, hostPorts: [] }),
    nodeSelector: { ...labels, ...spec?.nodeSelector },
    ...(name !== undefined && Object.keys(labels).length > 0 && { provider: { name, labels } }),
    tolerations: spec?.tolerations ?? [],
    strategy,
    queries: [...queriesOf(constraints), ...affinityQueries(terms)],
    isDistinct: constraints.some(({ type }) => type === 'distinctInstance'),
  };
  return { request: { uid: metadata.uid, ...own }, shape: JSON.stringify(own) };
}
