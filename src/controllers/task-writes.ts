import { labels } from '../api/labels.ts';
import type { Service } from '../api/service.ts';
import type { ServiceStep } from '../core/service/world.ts';
import { renderPod } from '../core/task/pod/pod.ts';
import type { Write } from '../kube/writes/act.ts';
import { drainBody, endBody, owned } from './bodies.ts';
import { pods } from './resources.ts';

/** A step that is about a task of a service. */
export type TaskStep = Extract<ServiceStep, { readonly task: object }>;

/** The write that does it. */
export function taskWrite(step: TaskStep, service: Service): Write {
  const namespace = service.metadata.namespace ?? '';
  if (step.kind === 'startTask') {
    return { verb: 'create', resource: pods, namespace, body: owned(renderPod(step.task), service) };
  }
  const at = { namespace, name: step.task.podName };
  if (step.kind === 'stopTask') return { verb: 'delete', resource: pods, at, uid: step.task.podUid, note: step.reason };
  return { verb: 'patch', resource: pods, at, body: patchOf(step) };
}

function patchOf(step: Exclude<TaskStep, { readonly kind: 'startTask' | 'stopTask' }>): object {
  const { resourceVersion } = step.task;
  switch (step.kind) {
    case 'deactivateTask':
      return drainBody(step.task, step.end, step.until);
    case 'protectTask':
      return { metadata: { resourceVersion, annotations: step.notes } };
    case 'routeTask':
      return { metadata: { resourceVersion, labels: { [labels.inService]: String(step.isIn) } } };
    case 'endTask':
      return endBody(step.task, step.end);
  }
}
