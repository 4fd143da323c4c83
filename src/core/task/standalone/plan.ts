import { annotations } from '../../../api/labels.ts';
import type { PodView } from '../../../api/meta.ts';
import type { TaskStatus } from '../../../api/task.ts';
import { nextConditions } from '../../../base/conditions.ts';
import type { Readiness } from '../../../base/readiness.ts';
import type { Plan } from '../../../base/plan.ts';
import { differsFromEcs } from '../../differences.ts';
import type { CapacityResolution } from '../../capacity/resolve.ts';
import { nextProvider } from '../../capacity/strategy.ts';
import { podNameOf, standaloneTaskIdOf } from '../identity.ts';
import { stateOf } from '../../task-definition/launch.ts';
import { askedOf } from '../../placement/kube-scheduler/asked.ts';
import { standaloneGroup } from '../../placement/task-group.ts';
import type { WhyNot } from '../../placement/model-types.ts';
import { isToBePlaced, isUnschedulable } from '../../placement/operator/pod-placement.ts';
import { placementLookMs } from '../../placement/look.ts';
import { placeable } from '../../placement/placeable.ts';
import type { Resolution } from '../../task-definition/resolve.ts';
import { launchVolumesOf } from '../launch-volumes.ts';
import { stopped, vanishedEndingOf, type Ending, type KnownEnding } from '../ending.ts';
import { describeTask, endOf, turnsAfter } from '../view.ts';
import { advanced } from './advance.ts';
import { connectionConditions, connectionTurn } from './connection.ts';
import { differencesOf } from './differences.ts';
import { eventsOf } from './events.ts';
import { planLeftovers } from './leftovers.ts';
import { isGated, type NewStandaloneTask } from './pod.ts';
import { conditionsFor, readinessOf } from './readiness.ts';
import { planRecord } from './record.ts';
import { overrunOf } from './run-time.ts';
import { runnableOf } from './runnable.ts';
import { familyGroup, podlessEnd, podStatus, unbegunStatus } from './status.ts';
import { isToBeDeleted, strandedEnding } from './stranded.ts';
import { unplacedEvents, unplacedReadiness } from './unplaced.ts';
import type { LaunchRecord, TaskStep, TaskWorld } from './world.ts';

/**
 * One look at a standalone task, which is started once at most, whatever is lost:
 *
 * 1. its pod is created with a gate, so that it cannot start. Until the launch is recorded this may be repeated;
 * 2. the launch is recorded: which pod, by its uid. The record's name follows from the task, so that the API server
 *    takes one only, and its content cannot change: of two pods made by two leaders it names one;
 * 3. the gate is taken from the pod that the record names, and from no other one, ever.
 *
 * A crash between any two of them is followed by the next: a pod without a record has not started, a recorded pod that
 * is there and gated is released, and a recorded one that is gone means that the task is over, for it may have run. The
 * uid is in the status as well, and a pod without a gate tells it too, so that the record or the status can be lost.
 *
 * The record of a stopped task of a service is an ECSTask too, and is never run.
 */
export function planTask(world: TaskWorld): Plan<TaskStatus, TaskStep> {
  const { task, pods } = world;
  const record = task.spec.kubernetes?.record;
  if (record) return planRecord(world, record);
  if (task.status?.lastStatus === 'STOPPED') return rest(world, task.status);
  const uid = launchedUidOf(world);
  if (uid === undefined) return pods[0] ? launch(world, pods[0]) : begin(world);
  const pod = pods.find(({ metadata }) => metadata.uid === uid);
  return pod ? follow(world, pod) : end(world, vanishedEndingOf(task.status ?? {}, task.spec.stop, goneNodeOf(world)));
}

function goneNodeOf({ task, nodes }: TaskWorld): string | undefined {
  const { node } = task.status ?? {};
  return node === undefined || nodes.has(node) ? undefined : node;
}

/** uid of the pod that was let start, or may have been; undefined when none was for certain. */
function launchedUidOf({ task, record, pods }: TaskWorld): string | undefined {
  return record?.podUid ?? task.status?.podUid ?? pods.find((pod) => !isGated(pod))?.metadata.uid;
}

/** There is no pod: makes one, or tells what it waits for. */
function begin(world: TaskWorld): Plan<TaskStatus, TaskStep> {
  const { task, cluster, resolution, capacity, placement, knownNodes } = world;
  const { spec } = task;
  if (spec.stop) return end(world, stopped(spec.stop));
  if (cluster === undefined) {
    const message = `ECSCluster ${spec.cluster} does not exist in this namespace; the task starts when it does.`;
    return wait(world, { state: 'reconciling', reason: 'ClusterNotFound', message });
  }
  if (resolution.kind === 'missing') return wait(world, { state: stateOf(resolution), ...resolution });
  if (capacity.kind === 'missing') return wait(world, { state: stateOf(capacity), ...capacity });
  const runnable = runnableOf(spec, resolution, { cluster, capacity });
  if (runnable.kind === 'invalid') return wait(world, { state: 'stalled', ...runnable });
  const { taskDefinition } = resolution;
  const { content } = runnable;
  const placed = placeable(
    { kind: 'found', taskDefinition, content },
    { terms: placement, known: knownNodes, launchType: capacity.launchType },
  );
  if (placed.kind === 'missing') return wait(world, { state: stateOf(placed), ...placed });
  const step: TaskStep = { kind: 'createPod', task: newTask(world, { placed, capacity, cluster }) };
  return proceed(world, { steps: [step], seen: unbegunStatus(task, placed) });
}

/** What there is once a task can be launched. */
interface Launch {
  readonly placed: Extract<Resolution, { kind: 'found' }>;
  readonly capacity: Extract<CapacityResolution, { kind: 'found' }>;
  readonly cluster: string;
}

function newTask(
  { task, placement, knownNodes, podLevelResources }: TaskWorld,
  { placed, capacity, cluster }: Launch,
): NewStandaloneTask {
  const { taskDefinition, content } = placed;
  const { metadata, spec } = task;
  const id = standaloneTaskIdOf(metadata.uid);
  const { launchType, shares } = capacity;
  const snapshot = { taskDefinition, content, launchType, ...launchVolumesOf(spec) };
  const group = standaloneGroup(spec.group ?? familyGroup(taskDefinition), cluster);
  const own = { id, podName: podNameOf(metadata.name, id), name: metadata.name };
  // One task is the whole of what RunTask is asked for: it goes where the first one goes.
  const runsOn = nextProvider(shares, new Map())?.capacity ?? { launchType };
  const asked = askedOf(placement, content, knownNodes);
  return { ...own, cluster, snapshot, capacity: runsOn, placement, asked, group, podLevelResources };
}

function wait(world: TaskWorld, readiness: Readiness): Plan<TaskStatus, TaskStep> {
  const { task } = world;
  return {
    steps: [],
    status: told(world, advanced(task.status ?? {}, unbegunStatus(task, undefined)), readiness),
    events: [],
  };
}

/** There is a pod that cannot have started: records that it may, unless it is not to any more. */
function launch(world: TaskWorld, pod: PodView): Plan<TaskStatus, TaskStep> {
  const { task, now } = world;
  if (task.spec.stop) return end(world, stopped(task.spec.stop));
  const isLeaving = pod.metadata.deletionTimestamp !== undefined;
  const steps: TaskStep[] = isLeaving ? [] : [{ kind: 'recordLaunch', record: recordOf(pod) }];
  // What is seen of it is no news of the task: it may go, and another one take its place.
  const { taskDefinition, containers, group } = podStatus(task, { pod, view: describeTask(pod), now });
  const seen = { ...unbegunStatus(task, undefined), taskDefinition, containers, group } as TaskStatus;
  return proceed(world, { steps, seen });
}

function recordOf({ metadata }: PodView): LaunchRecord {
  const taskDefinition = metadata.annotations?.[annotations.taskDefinition] ?? '';
  return { name: metadata.name, podUid: metadata.uid, taskDefinition };
}

/** The pod that may start, and may have. */
function follow(world: TaskWorld, pod: PodView): Plan<TaskStatus, TaskStep> {
  const { task, now, record } = world;
  const view = describeTask(pod);
  const seen = { ...podStatus(task, { pod, view, now }), podUid: pod.metadata.uid };
  const overrun = overrunOf(task, seen);
  const isOverrun = overrun !== undefined && overrun.atMs <= now.epochMs;
  const steps = [
    ...(record ? [] : [{ kind: 'recordLaunch', record: recordOf(pod) } as const]),
    ...nextSteps(world, pod, isOverrun ? overrun.end : undefined),
    ...surplusOf(world, pod),
  ];
  const silence = connectionTurn(world);
  const turns = [
    ...turnsAfter(view, now.epochMs),
    ...(overrun && !isOverrun ? [overrun.atMs] : []),
    ...(silence === undefined ? [] : [silence]),
    ...(isToBePlaced(pod) || isUnschedulable(pod) ? [now.epochMs + placementLookMs] : []),
  ];
  return proceed(world, { steps, seen, pending: view.pendingReason, whyNot: world.whyNot, turns });
}

function nextSteps(world: TaskWorld, pod: PodView, timeOut: KnownEnding | undefined): TaskStep[] {
  const { task, record, now } = world;
  const view = describeTask(pod);
  const { lastStatus } = view;
  const isLeaving = pod.metadata.deletionTimestamp !== undefined;
  if (isLeaving || lastStatus === 'STOPPED') return [];
  if (lastStatus === 'STOPPING') return removalSteps(world, pod);
  if (task.spec.stop) return [{ kind: 'deletePod', pod }];
  if (isGated(pod)) return record ? [{ kind: 'releasePod', pod }] : [];
  const end = endOf(view, now.epochMs) ?? timeOut ?? strandedEnding(world, pod);
  return end ? [{ kind: 'endPod', pod, end }] : [];
}

/** No kubelet ends a pod that is bound to no node. */
function removalSteps(world: TaskWorld, pod: PodView): TaskStep[] {
  return isToBeDeleted(world, pod) ? [{ kind: 'deletePod', pod, isUnbound: true }] : [];
}

/** Pods of the task that another leader made, which have not started and never will. */
function surplusOf({ pods }: TaskWorld, own: PodView): TaskStep[] {
  return pods.filter((pod) => pod !== own).map((pod): TaskStep => ({ kind: 'deletePod', pod }));
}

/** The task is over without a pod that tells how. */
function end(world: TaskWorld, ending: Ending): Plan<TaskStatus, TaskStep> {
  return proceed(world, { steps: [], seen: podlessEnd(world.task, ending, world.now) });
}

/** What is left to do once the task has stopped. */
function rest(world: TaskWorld, status: TaskStatus): Plan<TaskStatus, TaskStep> {
  const { steps, wakeAtMs } = planLeftovers(world, status);
  const readiness = readinessOf(status, undefined);
  return { steps, status: told(world, status, readiness), events: [], ...(wakeAtMs !== undefined && { wakeAtMs }) };
}

/** What is to be done, and what is seen of the task besides; why it is not RUNNING yet, where that is known. */
interface Look {
  readonly steps: readonly TaskStep[];
  readonly seen: TaskStatus;
  readonly pending?: string | undefined;
  /** Why no node takes it. */
  readonly whyNot?: WhyNot | undefined;
  /** When it counts otherwise though nothing changes, in epoch ms. */
  readonly turns?: readonly number[];
}

function proceed(world: TaskWorld, { steps, seen, pending, whyNot, turns = [] }: Look): Plan<TaskStatus, TaskStep> {
  const status = advanced(world.task.status ?? {}, seen);
  // What is left of it is removed once it is written how it ended.
  const removal = status.lastStatus === 'STOPPED' ? nextRemoval(world, status) : undefined;
  const times = [...turns, ...(removal === undefined ? [] : [removal])];
  return {
    steps,
    status: told(world, status, whyNot ? unplacedReadiness(whyNot) : readinessOf(status, pending)),
    events: [...eventsOf(world, status), ...(whyNot ? unplacedEvents(world.task, whyNot) : [])],
    ...(times.length > 0 && { wakeAtMs: Math.min(...times) }),
  };
}

function nextRemoval(world: TaskWorld, status: TaskStatus): number | undefined {
  const { steps, wakeAtMs } = planLeftovers(world, status);
  return steps.length > 0 ? world.now.epochMs : wakeAtMs;
}

/** The status with its conditions. */
function told(world: TaskWorld, status: TaskStatus, readiness: Readiness): TaskStatus {
  const { task, now } = world;
  const observedGeneration = task.metadata.generation ?? 0;
  const next = [
    ...conditionsFor(readiness, observedGeneration),
    ...connectionConditions(world, status),
    ...differsFromEcs(differencesOf(world), observedGeneration),
  ];
  return { ...status, observedGeneration, conditions: nextConditions(task.status?.conditions, next, now.iso) };
}
