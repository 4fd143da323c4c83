import { labels } from '../../../api/labels.ts';
import type { PodView } from '../../../api/meta.ts';
import type { PlacedPod } from '../model-types.ts';
import { pinOf } from './pin.ts';
import { readPodPlacement } from './pod-placement.ts';

/** What a pod takes of its node, whoever's it is: bound to it, or pinned to it. Undefined when it takes nothing of any. */
export function placedPod(pod: PodView): PlacedPod | undefined {
  const node = pod.spec?.nodeName ?? pinOf(pod);
  const phase = pod.status?.phase;
  if (node === undefined || phase === 'Succeeded' || phase === 'Failed') return undefined;
  const { amounts, hostPorts } = pod.spec?.demand ?? { amounts: {}, hostPorts: [] };
  return { uid: pod.metadata.uid, node, group: groupOf(pod), isRunning: phase === 'Running', amounts, hostPorts };
}

/** The group of its task within its namespace; undefined for other people's pods. */
export function groupOf(pod: PodView): string | undefined {
  const { namespace = '', labels: own = {} } = pod.metadata;
  const name = readPodPlacement(pod)?.group ?? groupByLabels(own);
  return name === undefined ? undefined : inNamespace(namespace, name);
}

/** A group as the model has it: ECS's groups are those of an account and region, which a namespace is. */
export function inNamespace(namespace: string, group: string): string {
  return `${namespace}/${group}`;
}

/** Of a task that we do not place, and whose pod does not say more. */
function groupByLabels(own: Readonly<Record<string, string>>): string | undefined {
  const [service, family] = [own[labels.service], own[labels.family]];
  if (service !== undefined) return `service:${service}`;
  return own[labels.task] === undefined || family === undefined ? undefined : `family:${family}`;
}
