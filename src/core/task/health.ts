import type { TaskStatus } from '../../api/task.ts';
import { lastStartOf, type ContainerFacts, type TaskFacts } from './facts.ts';
import { isInService, targetsOf, type TaskRoute } from './routing.ts';

/** A task without health checks counts as healthy after it was RUNNING this long (Developer Guide, rolling update). */
export const healthyAfterMs = 40_000;

export type HealthStatus = NonNullable<TaskStatus['healthStatus']>;

/**
 * Epoch ms from which a RUNNING task counts as healthy in a deployment; undefined while it does not.
 * With health checks on essential containers: as soon as all of those are ready. Without: 40 s after the last container
 * has started, or as soon as it is a healthy target. Essential containers without a check are ignored when another one
 * has a check. One that is routed has to be in service too, and a healthy target of every target group.
 */
export function healthyAtMs(facts: TaskFacts): number | undefined {
  const startedAt = Date.parse(lastStartOf(facts) ?? '');
  const targets = targetsOf(facts.pod);
  const isServed = isInService(facts.pod) ?? true;
  if (!isServed || !arePassed(facts) || targets.some(({ isHealthy }) => !isHealthy)) return undefined;
  const isProven = targets.length > 0 || facts.containers.some(isChecked);
  return isProven ? startedAt : startedAt + healthyAfterMs;
}

/** How a RUNNING task stands that is routed; undefined for one that is not. */
export function routeOf(facts: TaskFacts): TaskRoute | undefined {
  const isIn = isInService(facts.pod);
  return isIn === undefined ? undefined : { isIn, isFit: arePassed(facts), targets: targetsOf(facts.pod) };
}

/** Whether no health check of an essential container says otherwise. */
function arePassed({ containers }: TaskFacts): boolean {
  return containers.filter(isChecked).every(({ status }) => status.ready === true);
}

/** Epoch ms from which the task is UNHEALTHY, as a target or unless a check passes; undefined while none fails. */
export function unhealthyAtMs(facts: TaskFacts): number | undefined {
  const times = [
    ...facts.containers.flatMap((each) => (isChecked(each) ? (lateAtMs(each, facts) ?? []) : [])),
    ...targetsOf(facts.pod).flatMap(({ unhealthy }) => unhealthy?.sinceMs ?? []),
  ];
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Epoch ms from which the kubelet has not all containers of the pod for ready; undefined while it has, or tells nothing. */
export function unreadySinceMs({ pod: { status } }: TaskFacts): number | undefined {
  const unready = status?.conditions?.find(
    ({ type, status: holds }) => type === 'ContainersReady' && holds === 'False',
  );
  return unready?.lastTransitionTime === undefined ? undefined : Date.parse(unready.lastTransitionTime);
}

/** ECS looks at the health of essential containers that have a check. */
function isChecked({ essential, healthCheck }: ContainerFacts): boolean {
  return essential && healthCheck;
}

/**
 * Epoch ms from which a running container is UNHEALTHY though its check has never failed after it had passed. The
 * readiness of a sidecar may be asked for only when what comes after it starts: until then it has a startup probe.
 */
function lateAtMs(container: ContainerFacts, facts: TaskFacts): number | undefined {
  const { status, startedAt, isEarly, unhealthyAfter } = container;
  if (!isUp(container) || status.ready === true || unhealthyAfter === undefined) return undefined;
  const from = isEarly ? lastStartOf(facts) : startedAt;
  return from === undefined ? undefined : Date.parse(from) + unhealthyAfter * 1000;
}

/** In ECS's sense: one that is started again has ended. */
function isUp({ hasRun, exit }: ContainerFacts): boolean {
  return hasRun && exit === undefined;
}

/**
 * What the health check of a container says (API reference, HealthCheck): UNKNOWN until it has passed, or failed as often as
 * it may. A kubelet tells no failures before the first success, so that those count by their time.
 * @param before what it said at the last look: after a success, failures count at once.
 */
export function containerHealth(
  container: ContainerFacts,
  facts: TaskFacts,
  { before, nowMs }: { readonly before: HealthStatus; readonly nowMs: number },
): HealthStatus {
  if (!isChecked(container)) return 'UNKNOWN';
  if (!isUp(container)) return before;
  if (container.status.ready === true) return 'HEALTHY';
  const lateAt = lateAtMs(container, facts);
  return before !== 'UNKNOWN' || (lateAt !== undefined && lateAt <= nowMs) ? 'UNHEALTHY' : 'UNKNOWN';
}

/**
 * The health of a task: the worst of its essential containers that have a check, UNKNOWN when there are none. Taken by
 * the letter, ECS's rule would keep a task UNKNOWN for ever that has an essential container without a check.
 * @param healthOf by the containers' ECS names.
 */
export function worstHealth(
  { containers }: TaskFacts,
  healthOf: (name: string) => HealthStatus | undefined,
): HealthStatus {
  const said = containers.filter(isChecked).map(({ name }) => healthOf(name) ?? 'UNKNOWN');
  if (said.includes('UNHEALTHY')) return 'UNHEALTHY';
  return said.length === 0 || said.includes('UNKNOWN') ? 'UNKNOWN' : 'HEALTHY';
}
