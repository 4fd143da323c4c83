import { annotations, labels } from '../../src/api/labels.ts';
import type { Pod } from '../../src/api/meta.ts';
import type { ServiceStep } from '../../src/core/service/world.ts';
import { annotated, toldToEnd } from './pod-life.ts';

/** A step that changes a pod and leaves it there. */
export type PodRevision = Extract<
  ServiceStep,
  { readonly kind: 'endTask' | 'deactivateTask' | 'routeTask' | 'protectTask' }
>;

/** The pod after the step. */
export function revised(pod: Pod, step: PodRevision): Pod {
  switch (step.kind) {
    case 'endTask':
      return toldToEnd(pod, step.end);
    case 'deactivateTask':
      return drained(pod, step);
    case 'protectTask':
      return annotated(pod, step.notes);
    case 'routeTask':
      return labelled(pod, step.isIn);
  }
}

function labelled(pod: Pod, isIn: boolean): Pod {
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, [labels.inService]: String(isIn) } },
  };
}

function drained(pod: Pod, { until, end }: Extract<PodRevision, { kind: 'deactivateTask' }>): Pod {
  const { metadata, ...rest } = labelled(pod, false);
  const written = {
    [annotations.drainsUntil]: until,
    [annotations.stopCode]: end.stopCode,
    [annotations.stoppedReason]: end.stoppedReason,
  };
  return { ...rest, metadata: { ...metadata, annotations: { ...metadata.annotations, ...written } } };
}
