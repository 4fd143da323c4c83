import type { TaskDefinitionSpec, TaskDefinitionStatus } from '../../api/task-definition.ts';
import { billedFor, capacityOf, overheadMiB } from '../fargate/sizes.ts';
import type { FieldDifference } from '../differences.ts';
import { requestedBy, type ClaimTerms } from '../task/pod/claims.ts';
import type { StartOrder } from '../task/start-order/order.ts';
import { launchProblem } from './launch.ts';
import { taskSizeOf } from './size.ts';

/** What a definition comes to, and where. */
export interface Sizing extends Pick<ClaimTerms, 'content' | 'podLevelResources'> {
  readonly order: Pick<StartOrder, 'early' | 'together'>;
}

type SizeStatus = NonNullable<TaskDefinitionStatus['size']>;

/** What a task of the definition asks for on EC2, and what Fargate would give and bill, where it can be launched there. */
export function sizeStatusOf(sizing: Sizing): SizeStatus {
  const onFargate = canLaunch(sizing.content, 'FARGATE') ? fargateStatus(sizing) : undefined;
  return {
    ...(canLaunch(sizing.content, 'EC2') && { requested: requestedBy({ ...sizing, launchType: 'EC2' }) }),
    ...(onFargate && { fargate: onFargate }),
  };
}

function canLaunch(content: TaskDefinitionSpec, launchType: ClaimTerms['launchType']): boolean {
  return launchProblem(content, launchType) === undefined;
}

function fargateStatus(sizing: Sizing): SizeStatus['fargate'] {
  const requested = requestedBy({ ...sizing, launchType: 'FARGATE' });
  const billed = billedFor(requested);
  if (!billed) return undefined;
  const wasted = { cpu: billed.cpu - requested.cpu, memory: billed.memory - requested.memory - overheadMiB };
  return { requested, billed, capacityProvisioned: capacityOf(billed), wasted };
}

/**
 * That the size of a task does not bind all its containers together: without pod-level resources each is held to it
 * alone. One container is held to what ECS holds it to, and hard limits hold whatever the task has.
 */
export function sizeDifferences(content: TaskDefinitionSpec, podLevelResources: boolean): FieldDifference[] {
  const { containerDefinitions } = content;
  if (podLevelResources || containerDefinitions.length === 1 || !canLaunch(content, 'EC2')) return [];
  const { cpu, memory } = taskSizeOf(content);
  const isOpen = containerDefinitions.some((each) => each.memory === undefined);
  const paths = [...(cpu === undefined ? [] : ['cpu']), ...(memory !== undefined && isOpen ? ['memory'] : [])];
  if (paths.length === 0) return [];
  const what =
    'on EC2 a limit of each container and not of all of them together, for the API server has no pod-level resources, which Kubernetes has from 1.34';
  return [{ paths, what }];
}
