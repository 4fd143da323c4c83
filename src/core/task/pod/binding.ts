import { contentHash } from '../../../base/hash.ts';
import { constraintsOf } from '../../placement/terms.ts';
import { isPlacedByUs, type PlacedTask } from './operator-placement.ts';
import { renderPlacement } from './placement.ts';

/** Enough to tell one from another among those that one service has had. */
const digits = 12;

/**
 * What binds a task to nodes, in short: who chooses its node, and what that has to be. A preference is not in it: what
 * waits for a node waits for none of those.
 */
export function bindingOf(task: PlacedTask): string {
  const { affinity, schedulingGates } = renderPlacement(task);
  const kept = isPlacedByUs(task) ? constraintsOf(task.placement, task.snapshot.content) : [];
  return contentHash({ affinity, schedulingGates, kept }).slice(0, digits);
}
