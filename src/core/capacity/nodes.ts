import { computeTypeLabel } from '../../api/labels.ts';
import type { NodeView } from '../../api/meta.ts';

/** Whether a node belongs to a provider of those labels. */
export function hasLabels({ metadata }: NodeView, labels: Readonly<Record<string, string>>): boolean {
  const own = metadata.labels ?? {};
  return Object.entries(labels).every(([key, value]) => own[key] === value);
}

/** Whether new tasks may go to a node: it is Ready, and nobody wants it empty. */
export function takesTasks({ metadata, spec, status }: NodeView): boolean {
  const isReady = status?.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') ?? false;
  return isReady && spec?.unschedulable !== true && metadata.deletionTimestamp === undefined;
}

/** Whether a change of a node is one for its provider: its heartbeats are not. */
export function isProviderNews(before: NodeView, after: NodeView): boolean {
  if (takesTasks(before) !== takesTasks(after)) return true;
  const [old = {}, now = {}] = [before.metadata.labels, after.metadata.labels];
  const keys = Object.keys(now);
  return keys.length !== Object.keys(old).length || keys.some((key) => now[key] !== old[key]);
}

/** Whether Fargate has made it, for one pod: nobody else's can be on it. */
export function isFargateNode({ metadata }: NodeView): boolean {
  return metadata.labels?.[computeTypeLabel] === 'fargate';
}
