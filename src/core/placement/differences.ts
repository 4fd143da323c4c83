import type { TaskDefinitionSpec } from '../../api/task-definition.ts';
import type { FieldDifference } from '../differences.ts';
import { askedOf } from './kube-scheduler/asked.ts';
import type { ExpressedQueries } from './query/node-terms.ts';
import { strategyDifferences } from './kube-scheduler/strategy-differences.ts';
import type { Placing } from './placeable.ts';

/** What of the placement is not as on ECS. @param content that is placed; undefined while there is none. */
export function placementDifferences(
  { terms, known, launchType }: Placing,
  content: TaskDefinitionSpec | undefined,
): FieldDifference[] {
  if (terms.mode !== 'kube-scheduler' || launchType === 'FARGATE') return [];
  const asked = content ? constraintDifferences(askedOf(terms, content, known)) : [];
  return [...strategyDifferences(terms.strategy), ...asked];
}

function constraintDifferences({ approximated, antiAffinity }: ExpressedQueries): FieldDifference[] {
  const later = 'tasks that have started before know no values that come later';
  const sentences = [
    ...approximated.map((sentence) => `${sentence.replace(/\.$/, '')}; ${later}`),
    // Anti-affinity of pods holds in both directions.
    ...antiAffinity.map((group) => `tasks of ${group} are not started beside those of this one either`),
  ];
  return sentences.map((what) => ({ paths: ['placementConstraints'], what }));
}
