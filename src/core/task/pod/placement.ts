import type { Pod } from '../../../api/meta.ts';
import { affinityOf } from '../../placement/kube-scheduler/affinity.ts';
import { spreadConstraints } from '../../placement/kube-scheduler/spread.ts';
import { constraintsOf } from '../../placement/terms.ts';
import { renderDaemonPlacement } from './daemon.ts';
import { isPlacedByUs, renderOperatorPlacement, type PlacedTask } from './operator-placement.ts';

type Placing = Pick<
  NonNullable<Pod['spec']>,
  'affinity' | 'topologySpreadConstraints' | 'schedulingGates' | 'tolerations'
>;

/**
 * Where a task may run, and where rather, as its pod tells it to the kube-scheduler. Fargate places by itself, and ECS
 * refuses both there.
 */
export function renderPlacement(task: PlacedTask): Placing {
  if (isPlacedByUs(task)) return renderOperatorPlacement(task);
  if (task.placement.mode === 'daemon') return renderDaemonPlacement(task);
  const { placement, asked, group, snapshot, capacity } = task;
  if (capacity.launchType === 'FARGATE') return {};
  const constraints = constraintsOf(placement, snapshot.content);
  const isDistinct = constraints.some(({ type }) => type === 'distinctInstance');
  const affinity = affinityOf({ nodeLabels: capacity.provider?.nodeLabels ?? {}, asked, isDistinct, group });
  const topologySpreadConstraints = spreadConstraints(placement.strategy, group.spread);
  return {
    ...(affinity && { affinity }),
    ...(topologySpreadConstraints.length > 0 && { topologySpreadConstraints }),
  };
}
