import type { PodView } from '../../../api/meta.ts';
import { memo } from '../../../base/memo.ts';
import type { PlacementRequest } from '../model-types.ts';
import { queriesOf } from '../query/constraints.ts';
import { affinityQueries, labelsAsked } from './affinity-query.ts';
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

/** What a pod asks for whose task is placed like that. */
export function askedOf(pod: PodView, placement: PodPlacement): Asked {
  const { metadata, spec } = pod;
  const { strategy, constraints, group } = placement;
  const terms = termsOf(spec?.affinity);
  const asked = {
    group: inNamespace(metadata.namespace ?? '', group),
    ...(spec?.demand ?? { amounts: {}, hostPorts: [] }),
    nodeSelector: { ...labelsAsked(terms), ...spec?.nodeSelector },
    tolerations: spec?.tolerations ?? [],
    strategy,
    queries: [...queriesOf(constraints), ...affinityQueries(terms)],
    isDistinct: constraints.some(({ type }) => type === 'distinctInstance'),
  };
  return { request: { uid: metadata.uid, ...asked }, shape: JSON.stringify(asked) };
}
