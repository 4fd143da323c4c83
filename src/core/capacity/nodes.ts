import { computeTypeLabel } from '../../api/labels.ts';
import type { NodeView } from '../../api/meta.ts';
import { standingForNew } from './node-state.ts';

/** Whether new tasks may go to a node: it is Ready, and nobody wants it empty. */
export function takesTasks(node: NodeView): boolean {
  return standingForNew(node) === 'active';
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
