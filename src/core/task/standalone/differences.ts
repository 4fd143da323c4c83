import { taskMembers } from '../../../api/members.ts';
import { launchTypeOf } from '../../capacity/launch-type.ts';
import { differencesBy, type FieldDifference } from '../../differences.ts';
import { placementDifferences } from '../../placement/differences.ts';
import { launchVolumeDifferences } from '../launch-volumes.ts';
import type { TaskWorld } from './world.ts';

/** What of a request to run a task is not as on ECS, in the order of the table of members. */
export const taskDifferencesOf = differencesBy(taskMembers());

/** What of a task is not as on ECS, wherever it says so. */
export function differencesOf({
  task: { spec },
  placement,
  knownNodes,
  resolution,
}: TaskWorld): readonly FieldDifference[] {
  const content = resolution.kind === 'found' ? resolution.content : undefined;
  return [
    ...launchVolumeDifferences(spec),
    ...placementDifferences({ terms: placement, known: knownNodes, launchType: launchTypeOf(spec) }, content),
    ...taskDifferencesOf(spec),
  ];
}
