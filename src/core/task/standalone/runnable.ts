import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import type { TaskSpec } from '../../../api/task.ts';
import type { CapacityResolution } from '../../capacity/resolve.ts';
import { resolutionFor } from '../../task-definition/launch.ts';
import type { Resolution } from '../../task-definition/resolve.ts';
import { applyOverrides } from './overrides.ts';

type Found = Extract<Resolution, { readonly kind: 'found' }>;
type Tags = NonNullable<TaskDefinitionSpec['tags']>;

/** What a task runs: its definition with everything in it that the task has different; or why it cannot be run. */
export type Runnable =
  | { readonly kind: 'content'; readonly content: TaskDefinitionSpec }
  | {
      readonly kind: 'invalid';
      readonly reason: 'InvalidOverrides' | Extract<Resolution, { readonly kind: 'missing' }>['reason'];
      readonly message: string;
    };

interface RunsOn {
  /** metadata.name of the ECSCluster. */
  readonly cluster: string;
  readonly capacity: CapacityResolution;
}

export function runnableOf(
  spec: TaskSpec,
  { taskDefinition, content }: Found,
  { cluster, capacity }: RunsOn,
): Runnable {
  const overridden = applyOverrides(content, spec.overrides, taskDefinition);
  if (overridden.kind === 'invalid') return { ...overridden, reason: 'InvalidOverrides' };
  const { serviceAccountName } = spec.kubernetes ?? {};
  const changed: TaskDefinitionSpec = {
    ...overridden.content,
    ...(serviceAccountName !== undefined && { kubernetes: { ...content.kubernetes, serviceAccountName } }),
    tags: tagsOf(spec, content.tags ?? [], cluster),
  };
  // With the overrides in it: one may ask for what the launch type does not have.
  const launch = resolutionFor(spec, capacity, { kind: 'found', taskDefinition, content: changed });
  if (launch.kind === 'found') return { kind: 'content', content: changed };
  return { ...launch, kind: 'invalid' };
}

/** Tags of the task; of two with one key its own counts (ECS API reference, RunTask, propagateTags and tags). */
function tagsOf(
  { tags = [], propagateTags, enableECSManagedTags }: TaskSpec,
  ofDefinition: Tags,
  cluster: string,
): Tags {
  const propagated = propagateTags === 'TASK_DEFINITION' ? ofDefinition : [];
  const managed = enableECSManagedTags === true ? [{ key: 'aws:ecs:clusterName', value: cluster }] : [];
  return [...new Map([...propagated, ...tags, ...managed].map((tag) => [tag.key, tag])).values()];
}
