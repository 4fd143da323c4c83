import { instantOf } from '../../base/clock.ts';
import { earliest } from '../../base/earliest.ts';
import type { EventRecord } from '../../base/events.ts';
import { annotations } from '../../api/labels.ts';
import { memo } from '../../base/memo.ts';
import { shield, withoutShield, type Notes } from '../task/pod/eviction.ts';
import { durationIn, protectionProblem } from '../task/protection.ts';
import type { TaskView } from '../task/view.ts';
import { primaryOf } from './deployment.ts';
import { desiredCountOf } from './desired.ts';
import { heldByProtection, notProtected } from './events.ts';
import type { RollingPlan } from './rolling.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceStep, ServiceWorld } from './world.ts';

/** Which tasks of a service are protected (ECS API reference, UpdateTaskProtection), and what there is to write of it. */
export interface Protections {
  /** Live tasks that scale-in and deployments leave alone. */
  readonly protectedTasks: ReadonlySet<TaskView>;
  /** What is to be written, by task. */
  readonly notes: ReadonlyMap<TaskView, Notes>;
  /** Why a task is not protected as it asks to be. */
  readonly problems: ReadonlyMap<TaskView, string>;
}

/** Told once for each world. */
export const protectionsOf = memo((world: ServiceWorld): Protections => {
  const live = whereaboutsOf(world).live.filter(({ protection }) => protection);
  const isNow = (task: TaskView): boolean => (task.protectedUntilMs ?? 0) > world.now.epochMs;
  const protectedTasks = new Set(live.filter(isNow));
  const [notes, problems] = [new Map<TaskView, Notes>(), new Map<TaskView, string>()];
  const isBlocked = isDeploymentBlocked(world, protectedTasks.size);
  for (const task of live) {
    const wanted = grantOf(task, world.now.epochMs);
    const problem = wanted && isBlocked ? blocked : protectionProblem(task.protection);
    if (problem !== undefined) problems.set(task, problem);
    else if (wanted) protectedTasks.add(task);
    const note = problem === undefined && wanted ? wanted : mirrorOf(world, task, protectedTasks.has(task));
    if (note) notes.set(task, note);
  }
  return { protectedTasks, notes, problems };
});

const blocked =
  'DEPLOYMENT_BLOCKED, a deployment waits for more protected tasks than desiredCount already; it is protected when that is over';

/** Whether older tasks are left, and more tasks protected than there are to be. */
function isDeploymentBlocked(world: ServiceWorld, count: number): boolean {
  const primary = primaryOf(world.deployments)?.digits;
  return count > desiredCountOf(world) && whereaboutsOf(world).live.some((task) => task.deployment !== primary);
}

/** The time that what is asked for comes to, written down in its place. */
function grantOf({ protection }: TaskView, nowMs: number): Notes | undefined {
  const durationMs = durationIn(protection?.asked ?? '');
  if (durationMs === undefined) return undefined;
  const until = instantOf(nowMs + durationMs).iso;
  return { [annotations.protectedUntil]: until, [annotations.protect]: null, ...shield };
}

/** What the autoscalers are to be told that they have not been. */
function mirrorOf({ deployments }: ServiceWorld, task: TaskView, isProtected: boolean): Notes | undefined {
  if (isProtected === task.protection?.isShielded) return undefined;
  if (isProtected) return shield;
  const made = deployments.find(({ digits }) => digits === task.deployment)?.snapshot.content;
  return withoutShield(task.launchType, made?.kubernetes?.podOverlay?.annotations);
}

/** Writes protection down, and takes it back. */
export function protectionSteps(world: ServiceWorld): ServiceStep[] {
  return [...protectionsOf(world).notes].map(([task, notes]) => ({ kind: 'protectTask', task, notes }));
}

/** Epoch ms at which the first task is protected no more. */
export function protectionTurn(world: ServiceWorld): number | undefined {
  const times = [...protectionsOf(world).protectedTasks].flatMap(({ protectedUntilMs }) => protectedUntilMs ?? []);
  return earliest(times, world.now.epochMs);
}

/** What cannot be granted, and what protection holds up. */
export function protectionNews(world: ServiceWorld, { heldBack }: RollingPlan): EventRecord[] {
  const { problems, protectedTasks } = protectionsOf(world);
  const primary = primaryOf(world.deployments)?.digits ?? '';
  const older = [...protectedTasks].find(({ deployment }) => deployment !== primary);
  return [
    ...[...problems].map(([{ id }, why]) => notProtected(world.service, id, why)),
    ...(heldBack > 0 ? [heldByProtection(world.service, older?.deployment ?? primary, heldBack)] : []),
  ];
}

/** What a service that waits for protected tasks says of it; nothing where it does not. */
export function protectionPart(world: ServiceWorld, { heldBack }: RollingPlan): string[] {
  if (heldBack === 0) return [];
  const times = [...protectionsOf(world).protectedTasks].flatMap(({ protectedUntilMs }) => protectedUntilMs ?? []);
  return [`${String(heldBack)} that would stop are protected, the last until ${instantOf(Math.max(0, ...times)).iso}`];
}
