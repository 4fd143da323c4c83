import type { LaunchType } from '../../api/placement.ts';
import type { TaskDefinitionSpec } from '../../api/task-definition.ts';
import type { FieldDifference } from '../differences.ts';
import { strategyDifferences } from './kube-scheduler/strategy-differences.ts';
import type { PlacementTerms } from './terms.ts';

/** What of the placement is not as on ECS, where the kube-scheduler places. @param content undefined while there is none. */
export function placementDifferences(
  terms: PlacementTerms,
  _content: TaskDefinitionSpec | undefined,
  launchType: LaunchType,
): FieldDifference[] {
  if (terms.mode === 'operator' || launchType === 'FARGATE') return [];
  return strategyDifferences(terms.strategy);
}
