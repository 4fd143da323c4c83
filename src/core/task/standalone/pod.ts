import { annotations, labels } from '../../../api/labels.ts';
import type { PodView } from '../../../api/meta.ts';
import type { Capacity } from '../../capacity/capacity.ts';
import type { PodBody } from '../pod/body.ts';
import type { TaskGroup } from '../../placement/task-group.ts';
import type { Asked } from '../../placement/kube-scheduler/asked.ts';
import type { PlacementTerms } from '../../placement/terms.ts';
import { safeToEvict } from '../pod/eviction.ts';
import { renderPod } from '../pod/pod.ts';
import type { Snapshot } from '../snapshot.ts';

/** Everything the pod of a standalone task is made from. */
export interface NewStandaloneTask {
  readonly id: string;
  readonly podName: string;
  /** Of the ECSTask. */
  readonly name: string;
  readonly cluster: string;
  /** Its content has the overrides in it. */
  readonly snapshot: Snapshot;
  readonly capacity: Capacity;
  readonly placement: PlacementTerms;
  /** What its pod asks of its node for the constraints among them, and for those of its definition. */
  readonly asked: Asked;
  /** The tasks that placement counts it with. */
  readonly group: TaskGroup;
  /** Whether the API server takes resources of a pod as a whole. */
  readonly podLevelResources: boolean;
}

/** Until this is taken away the API server binds the pod to no node. */
export const launchGate = 'ecs-operator.dev/launch';

/** No service starts it again, so nobody is to move it. */
const undisturbed = {
  [safeToEvict]: 'false',
  'karpenter.sh/do-not-disrupt': 'true',
};

/** The pod of a standalone task, gated: it cannot start before its launch is recorded. */
export function renderStandalonePod({ name, cluster, ...task }: NewStandaloneTask): PodBody {
  const { metadata, spec, ...body } = renderPod({ ...task, deployment: '', launch: 0, service: { name, cluster } });
  const { [labels.service]: _service, [labels.deployment]: _deployment, ...ownLabels } = metadata.labels;
  const { [annotations.launch]: _launch, ...ownAnnotations } = metadata.annotations;
  return {
    ...body,
    metadata: {
      ...metadata,
      labels: { ...ownLabels, [labels.task]: name },
      annotations: { ...ownAnnotations, ...undisturbed },
    },
    spec: { ...spec, schedulingGates: [{ name: launchGate }, ...(spec.schedulingGates ?? [])] },
  };
}

/** The gates that are left once ours is taken away. */
export function gatesAfterRelease({ spec }: PodView): readonly { readonly name: string }[] {
  return (spec?.schedulingGates ?? []).filter(({ name }) => name !== launchGate);
}

export function isGated({ spec }: PodView): boolean {
  return spec?.schedulingGates?.some(({ name }) => name === launchGate) ?? false;
}
