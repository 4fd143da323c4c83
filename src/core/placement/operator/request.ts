import type { PodView } from '../../../api/meta.ts';
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
  const terms = termsOf(pod.spec?.affinity);
  const nodeSelector = { ...labelsAsked(terms), ...pod.spec?.nodeSelector };
  return asked(pod, placement, { nodeSelector, queries: affinityQueries(terms) });
}

/**
 * What a pod asks for whose node the kube-scheduler chooses. Its affinity says the constraints of its task once more, in
 * labels: what is told is how their author has written them, and what else the affinity asks.
 */
export function askedOfScheduler(pod: PodView, placement: PodPlacement): Asked {
  const said = new Set(queriesOf(placement.constraints).flatMap(attributesIn).flatMap(labelKeysOf));
  const terms = termsBeside(termsOf(pod.spec?.affinity), said);
  const nodeSelector = { ...labelsAsked(terms), ...pod.spec?.nodeSelector };
  return asked(pod, placement, { nodeSelector, queries: affinityQueries(terms) });
}

function labelKeysOf(attribute: string): string[] {
  return labelsOfAttribute(attribute).map(({ key }) => key);
}

function asked(
  { metadata, spec }: PodView,
  { strategy, constraints, group }: PodPlacement,
  { nodeSelector, queries }: Pick<PlacementRequest, 'nodeSelector' | 'queries'>,
): Asked {
  const own = {
    group: inNamespace(metadata.namespace ?? '', group),
    ...(spec?.demand ?? { amounts: {}, hostPorts: [] }),
    nodeSelector,
    tolerations: spec?.tolerations ?? [],
    strategy,
    queries: [...queriesOf(constraints), ...queries],
    isDistinct: constraints.some(({ type }) => type === 'distinctInstance'),
  };
  return { request: { uid: metadata.uid, ...own }, shape: JSON.stringify(own) };
}
