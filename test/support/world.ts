import assert from 'node:assert/strict';
import type { ServiceEvent, ServiceStatus } from '../../src/api/service-status.ts';
import type { EventRecord } from '../../src/base/events.ts';
import type { Refusal } from '../../src/base/refusal.ts';
import { concludeService } from '../../src/core/service/conclude.ts';
import { violationsOf } from '../../src/core/service/invariants.ts';
import { planService } from '../../src/core/service/plan.ts';
import type { ServiceStep, ServiceWorld } from '../../src/core/service/world.ts';
import type { Resolution } from '../../src/core/task-definition/resolve.ts';
import type { TaskView } from '../../src/core/task/view.ts';
import {
  byLaunchType,
  containerDefinition,
  content,
  deepFreeze,
  deploymentRecord,
  instant,
  iso,
  node,
  nodesNamed,
  noNodes,
  noTerms,
  service,
  snapshot,
  taskView,
} from './builders.ts';

/** The worlds a planner may find itself in, and what one look at them comes to. */

/** A service of one task whose deployment exists and has started nothing yet, 100 seconds after the beginning. */
export function serviceWorld(overrides: Partial<ServiceWorld> = {}): ServiceWorld {
  return deepFreeze({
    now: instant(100),
    service: service(),
    cluster: 'default',
    resolution: { kind: 'found', taskDefinition: 'web:1', content: content() },
    capacity: byLaunchType(overrides.service?.spec),
    lastCapacity: byLaunchType(),
    placement: noTerms,
    knownNodes: noNodes,
    podLevelResources: true,
    deployments: [deploymentRecord()],
    tasks: [],
    nodes: nodesNamed(node()),
    nodeLossMs: 60_000,
    gone: [],
    ...overrides,
  });
}

const next = content(containerDefinition({ image: 'shop/web:2' }));

/** What the service's task definition stands for once `web:2` is registered. */
export const nextFound: Resolution = { kind: 'found', taskDefinition: 'web:2', content: next };

/** The deployment of `web:1`, and the one of `web:2` that follows it. */
export const first = deploymentRecord();
export const second = deploymentRecord({
  sequence: 2,
  snapshot: snapshot({ taskDefinition: 'web:2', content: next }),
});

/** In the middle of the roll-out from the first to the second. */
export const rolling = { deployments: [first, second], resolution: nextFound };

/** Healthy tasks `task-1`, `task-2` … with these launch numbers. */
export function tasks(count: number, overrides: Partial<TaskView> = {}): TaskView[] {
  return Array.from({ length: count }, (_, index) =>
    taskView({ id: `task-${String(index + 1)}`, launch: index + 1, ...overrides }),
  );
}

/** A task that is not RUNNING yet. */
export const pending = { lastStatus: 'PENDING', pendingReason: 'starts' } as const;

/** The outcome of a reconcile: which of its steps failed, by kind; all are done otherwise. */
export interface Failures {
  readonly kind?: ServiceStep['kind'];
  readonly message?: string;
  readonly refusal?: Refusal;
}

/** What one look at a world comes to. */
export interface Look {
  /** But for the outcomes of deployments that are written down: those are `outcomes`. */
  readonly steps: readonly string[];
  readonly outcomes: readonly string[];
  readonly status: ServiceStatus;
  readonly events: readonly EventRecord[];
  readonly wakeAtMs?: number;
}

/** Plans and concludes; a plan breaks no promise. */
export function look(world: ServiceWorld, { kind, message = 'no', ...refused }: Failures = {}): Look {
  const plan = deepFreeze(planService(world));
  assert.deepEqual(violationsOf(world, plan.steps), []);
  const done = plan.steps.filter((step) => step.kind !== kind);
  const failed = plan.steps.filter((step) => step.kind === kind).map((step) => ({ step, message, ...refused }));
  const { status, events } = concludeService(world, plan, { done, failed });
  const [outcomes, steps] = [true, false].map((isOutcome) =>
    plan.steps.filter(({ kind: each }) => (each === 'recordOutcome') === isOutcome).map(told),
  ) as [string[], string[]];
  return deepFreeze({ ...plan, steps, outcomes, status, events });
}

/** The world after a look: its status written, and so many seconds gone by. */
export function after(world: ServiceWorld, { status }: Look, seconds = 0): ServiceWorld {
  const { spec, metadata } = world.service;
  const now = instant((world.now.epochMs - instant().epochMs) / 1000 + seconds);
  return deepFreeze({ ...world, now, service: service(spec, { status, metadata }) });
}

/** The world in which the service has reached its steady state and said so. */
export function settled(overrides: Partial<ServiceWorld> = {}): ServiceWorld {
  const world = serviceWorld({ tasks: tasks(1), ...overrides });
  return after(world, look(world));
}

/** A step in a few words. */
export function told(step: ServiceStep): string {
  if ('task' in step) return toldOfTask(step);
  switch (step.kind) {
    case 'createDeployment':
      return `create #${String(step.deployment.sequence)} of ${step.deployment.snapshot.taskDefinition}`;
    case 'promoteDeployment':
      return `promote #${String(step.deployment.sequence)} to #${String(step.sequence)}`;
    case 'recordOutcome':
      return `record #${String(step.deployment.sequence)} as ${step.outcome.state}`;
    case 'pinImages':
      return `pin ${Object.values(step.images).join(' ')}`;
    case 'forgetDeployment':
      return `forget #${String(step.deployment.sequence)}`;
  }
}

function toldOfTask(step: Extract<ServiceStep, { readonly task: object }>): string {
  switch (step.kind) {
    case 'startTask':
      return `start ${String(step.task.launch)}`;
    case 'protectTask':
      return `protect ${step.task.id}: ${JSON.stringify(step.notes)}`;
    case 'stopTask':
      return `stop ${step.task.id}`;
    case 'deactivateTask':
      return `drain ${step.task.id} until ${step.until}`;
    case 'routeTask':
      return `${step.isIn ? 'in' : 'out of'} service ${step.task.id}`;
    case 'endTask':
      return `end ${step.task.id}: ${step.end.stoppedReason}`;
  }
}

/** Messages, without the prefix that names the service. */
export function messages(events: readonly (EventRecord | ServiceEvent)[]): string[] {
  return events.map((event) => event.message.replace(/^\(service [^)]+\) /, ''));
}

/** An event of the service `web` so many seconds after the beginning. */
export function eventAt(seconds: number, message: string): ServiceEvent {
  return { id: `event-at-${String(seconds)}`, createdAt: iso(seconds), message: `(service web) ${message}` };
}
