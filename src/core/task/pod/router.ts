import type { ContainerDefinition } from '../../../api/container-definition.ts';
import { usesRouter } from '../router.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';

/**
 * Where a logger library finds the log router of the task, for containers with the log driver awsfirelens in network
 * modes awsvpc and bridge (Developer Guide, "Configuring Amazon ECS logs for high throughput"). The containers of a pod
 * share one network: it is at the address of the container itself.
 */
export function routerVariables(
  definition: ContainerDefinition,
  { networkMode }: TaskDefinitionSpec,
): readonly { readonly name: string; readonly value: string }[] {
  const isTold = usesRouter(definition) && (networkMode === 'awsvpc' || networkMode === 'bridge');
  if (!isTold) return [];
  return [
    { name: 'FLUENT_HOST', value: '127.0.0.1' },
    { name: 'FLUENT_PORT', value: '24224' },
  ];
}
