import type { Pod } from '../../../src/api/meta.ts';
import type { TaskDefinitionSpec } from '../../../src/api/task-definition.ts';
import { containerDefinition, content, healthCheck } from '../builders.ts';
import { exited, stuck } from '../pod-life.ts';

/** What is wrong with contents that do not work, by their image, as a kubelet would show it. */
type Flaw = (pod: Pod, next: Pod | undefined, now: string) => Pod | undefined;

/** Its image does not exist. */
const lacksImage: Flaw = (pod, next) => {
  if (next?.status?.phase !== 'Running') return next;
  return pod.status?.containerStatuses?.some(({ state }) => state?.waiting) === true ? pod : stuck(pod);
};

/** It exits right after its start. */
const dies: Flaw = (pod, next, now) => (isUp(pod) && next === pod ? exited(pod, 0, { code: 1, at: now }) : next);

/** Its health check never passes. */
const neverPasses: Flaw = (pod, next) => (isUp(pod) && next?.status?.phase === 'Running' ? pod : next);

const flaws: Readonly<Record<string, Flaw>> = {
  'shop/web:missing': lacksImage,
  'shop/web:dies': dies,
  'shop/web:sick': neverPasses,
};

/** Contents that do not work. */
export const flawedContents: readonly TaskDefinitionSpec[] = [
  content(containerDefinition({ image: 'shop/web:missing' })),
  content(containerDefinition({ image: 'shop/web:dies' })),
  content(containerDefinition({ image: 'shop/web:sick', healthCheck })),
];

export function isFlawed(image: string): boolean {
  return image in flaws;
}

/** What becomes of a pod that would go on to `next`, if its image were good. */
export function flawed(pod: Pod, next: Pod | undefined, now: string): Pod | undefined {
  const flaw = flaws[pod.spec?.containers[0]?.image ?? ''];
  return flaw ? flaw(pod, next, now) : next;
}

function isUp({ status, metadata }: Pod): boolean {
  const isRunning = status?.containerStatuses?.some(({ state }) => state?.running) === true;
  return isRunning && status.phase === 'Running' && metadata.deletionTimestamp === undefined;
}
