import { taskDefinitionMembers } from '../../api/members.ts';
import type { TaskDefinitionSpec } from '../../api/task-definition.ts';
import { stopTimeoutDifferences } from '../task/pod/stop-timeout.ts';
import { compileStartOrder } from '../task/start-order/compile.ts';
import { differencesBy, type FieldDifference } from '../differences.ts';

const memberDifferences = differencesBy(taskDefinitionMembers());

/** What of the definition is not as on ECS: of its members, in the order of their table, of its start and of its stop. */
export function differencesOf(spec: TaskDefinitionSpec): readonly FieldDifference[] {
  const order = compileStartOrder(spec.containerDefinitions);
  return [
    ...memberDifferences(spec),
    ...(order.kind === 'possible' ? order.differences : []),
    ...stopTimeoutDifferences(spec.containerDefinitions),
  ];
}
