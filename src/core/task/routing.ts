import { annotations, labels } from '../../api/labels.ts';
import type { PodConditionView, PodView } from '../../api/meta.ts';

/** How a task is reached: what its pod is made with, and what it tells of that later. */

/** A target group, and the TargetGroupBinding by which the tasks of a service are registered in it. */
export interface TargetGroup {
  readonly binding: string;
  readonly arn: string;
}

/** A port of the task as a core Service names it, so that tasks of two deployments may have it on two numbers. */
export interface RoutedPort {
  readonly name: string;
  /** By its ECS name. */
  readonly container: string;
  readonly containerPort: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** Of a new task that is to be reached. */
export interface TaskRouting {
  /** None where nobody could tell the task how its targets are. */
  readonly targetGroups: readonly TargetGroup[];
  readonly ports: readonly RoutedPort[];
}

/** How a task that is reached stands. */
export interface TaskRoute {
  /** Whether traffic may reach it: core Services select it. */
  readonly isIn: boolean;
  /** Whether the health checks of its containers let it be so; a task without checks may at once. */
  readonly isFit: boolean;
  readonly targets: readonly Target[];
}

/** The task as a target. */
export interface Target extends TargetGroup {
  readonly isHealthy: boolean;
  /** Why it is UNHEALTHY, in the words of Elastic Load Balancing, and since when in epoch ms. */
  readonly unhealthy?: { readonly reason: string; readonly sinceMs: number };
}

/** The readiness gate that the AWS Load Balancer Controller opens once the target is healthy. */
export function gateOf({ binding }: TargetGroup): string {
  return `target-health.elbv2.k8s.aws/${binding}`;
}

/** Whether the task is routed at all, and then whether it is in service. */
export function isInService({ metadata }: PodView): boolean | undefined {
  const label = metadata.labels?.[labels.inService];
  return label === undefined ? undefined : label === 'true';
}

/** The task as the target that it is in each of its target groups. */
export function targetsOf({ metadata, status }: PodView): readonly Target[] {
  const groups = parseGroups(metadata.annotations?.[annotations.targetGroups]);
  return groups.map((group) => {
    const condition = status?.conditions?.find(({ type }) => type === gateOf(group));
    return { ...group, isHealthy: condition?.status === 'True', ...unhealthyBy(condition) };
  });
}

/** What a target is that has failed its checks, not one that is being registered (ELB API reference, TargetHealth). */
const failures: readonly string[] = ['Target.ResponseCodeMismatch', 'Target.Timeout', 'Target.FailedHealthChecks'];

function unhealthyBy(condition: PodConditionView | undefined): Pick<Target, 'unhealthy'> {
  const { status, reason = '', message = reason, lastTransitionTime } = condition ?? {};
  if (status !== 'False' || !failures.includes(reason) || lastTransitionTime === undefined) return {};
  return { unhealthy: { reason: message, sinceMs: Date.parse(lastTransitionTime) } };
}

function parseGroups(text = '[]'): readonly TargetGroup[] {
  try {
    const groups = JSON.parse(text) as unknown;
    return Array.isArray(groups) ? groups.filter(isGroup) : [];
  } catch {
    return [];
  }
}

function isGroup(value: unknown): value is TargetGroup {
  const { binding, arn } = (value ?? {}) as Partial<Record<keyof TargetGroup, unknown>>;
  return typeof binding === 'string' && typeof arn === 'string';
}
