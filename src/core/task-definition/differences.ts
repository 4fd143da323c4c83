import type { ContainerDefinition } from '../../api/container-definition.ts';
import type { Found } from '../../api/difference.ts';
import { taskDefinitionMembers } from '../../api/members.ts';
import type { TaskDefinitionSpec } from '../../api/task-definition.ts';
import { stopTimeoutDifferences } from '../task/pod/stop-timeout.ts';
import { compileStartOrder } from '../task/start-order/compile.ts';
import { valuesAt, type FieldDifference, type Value } from '../differences.ts';

const differing = taskDefinitionMembers().flatMap(({ path, outcome }) =>
  outcome.kind === 'honoured' ? outcome.differences.map((difference) => ({ path, difference })) : [],
);

/** What of the definition is not as on ECS: of its members, in the order of their table, of its start and of its stop. */
export function differencesOf(spec: TaskDefinitionSpec): readonly FieldDifference[] {
  const order = compileStartOrder(spec.containerDefinitions);
  return [
    ...memberDifferences(spec),
    ...(order.kind === 'possible' ? order.differences : []),
    ...stopTimeoutDifferences(spec.containerDefinitions),
  ];
}

function memberDifferences(spec: TaskDefinitionSpec): readonly FieldDifference[] {
  return differing.flatMap(({ path, difference: { what, when } }) => {
    const differs = ({ value, container }: Value): boolean => {
      const found: Found = { spec, container: container as ContainerDefinition | undefined };
      return when?.(value, found) ?? true;
    };
    const paths = valuesAt(spec, path).filter(differs);
    return paths.length === 0 ? [] : [{ paths: paths.map((each) => each.path), what }];
  });
}
