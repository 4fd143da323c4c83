import { labels } from '../../../api/labels.ts';
import type { PodView } from '../../../api/meta.ts';
import type { Instant } from '../../../base/clock.ts';
import type { PlacementRequest } from '../model-types.ts';
import type { Query } from '../query/query.ts';
import { pinOf } from './pin.ts';
import { groupOf } from './placed-pod.ts';
import { isUnschedulable, readPodPlacement } from './pod-placement.ts';
import { askedBy } from './request.ts';
import { inTurns } from './turns.ts';
import type { LostRoom, PlacementMemory, PlacementPlan, PlacementStep, PlacementWorld } from './world.ts';

/** Placements of one look: what they take is small beside the writes, and those who come later wait for them. */
const mostPins = 256;

/** Tasks of one look that no node takes: to find that out means to ask each node. */
const mostMisses = 25;

/** What no node took is tried again after a second, where many wait after more. */
const retryMs = 1_000;
const retryMsOfEach = 20;

/** How long a task whose room was taken waits for it: whoever took it may leave again. */
const patienceMs = 5_000;

/** How long we do not send a task to a node where its group has lost its room: we may not see who has it. */
const distrustMs = 30_000;

/** One look at the tasks that we place: those that wait are pinned to nodes, those that lost their room taken back. */
export function planPlacement(world: PlacementWorld): PlacementPlan {
  const { now, isBehind } = world;
  const memory = refreshed(world);
  const { pins, missed, isCutShort } = isBehind ? nothingYet : place(world, memory);
  const withdrawn = withdrawals(world, memory);
  const damaged = world.waiting.filter(isDamaged);
  const triedAtMs = new Map([...memory.triedAtMs, ...missed.map((shape) => [shape, now.epochMs] as const)]);
  const times = [
    ...(isBehind || isCutShort ? [now.epochMs] : []),
    ...[...triedAtMs.values()].map((atMs) => atMs + retryAfter(triedAtMs)),
    ...[...memory.putOffUntilMs.values()].filter((atMs) => atMs > now.epochMs),
    ...[...memory.refusedSinceMs.values(), ...damaged.map(createdAtMs)]
      .map((atMs) => atMs + patienceMs)
      .filter((atMs) => atMs > now.epochMs),
  ];
  return {
    steps: [...withdrawn, ...damaged.filter(isOldAt(now)).map(withdraw), ...pins],
    memory: { ...memory, triedAtMs, lostRooms: [...memory.lostRooms, ...withdrawn.map(lostRoom(now.epochMs))] },
    ...(times.length > 0 && { wakeAtMs: Math.max(now.epochMs, Math.min(...times)) }),
  };
}

interface Placed {
  readonly pins: readonly PlacementStep[];
  /** Shapes that no node took. */
  readonly missed: readonly string[];
  readonly isCutShort: boolean;
}

const nothingYet: Placed = { pins: [], missed: [], isCutShort: false };

function place({ placer, waiting, now }: PlacementWorld, memory: PlacementMemory): Placed {
  const pins: PlacementStep[] = [];
  const missed = new Set<string>();
  for (const pod of inTurns(waiting)) {
    const asked = askedBy(pod);
    if (!asked || missed.has(asked.shape) || isEarly(pod, asked.shape, { memory, nowMs: now.epochMs })) continue;
    if (pins.length === mostPins || missed.size === mostMisses) return { pins, missed: [...missed], isCutShort: true };
    const node = placer.place(avoiding(asked.request, memory.lostRooms));
    if (node === undefined) missed.add(asked.shape);
    else pins.push({ kind: 'pin', pod, node });
  }
  return { pins, missed: [...missed], isCutShort: false };
}

function isEarly(
  { metadata }: PodView,
  shape: string,
  { memory, nowMs }: { readonly memory: PlacementMemory; readonly nowMs: number },
): boolean {
  if ((memory.putOffUntilMs.get(metadata.uid) ?? 0) > nowMs) return true;
  return memory.triedAtMs.has(shape);
}

/** At most a small part of the time goes into asking again. */
function retryAfter(triedAtMs: ReadonlyMap<string, number>): number {
  return Math.max(retryMs, triedAtMs.size * retryMsOfEach);
}

/** The request, with the nodes left out on which its group has just lost its room. */
function avoiding(request: PlacementRequest, lostRooms: readonly LostRoom[]): PlacementRequest {
  const avoided = lostRooms.filter(({ group }) => group === request.group);
  return avoided.length === 0 ? request : { ...request, queries: [...request.queries, ...avoided.map(notOn)] };
}

function notOn({ node }: LostRoom): Query {
  const subject = { kind: 'attribute', name: 'kubernetes.io/hostname' } as const;
  return { kind: 'not', query: { kind: 'term', subject, operator: '==', values: [node] } };
}

/**
 * The tasks of services whose room is gone. A standalone task is not taken back: its launch is recorded, and one that may
 * have run is never started again; it waits for room on its node.
 */
function withdrawals({ onItsWay, now }: PlacementWorld, memory: PlacementMemory): Withdrawal[] {
  return onItsWay.flatMap((pod): Withdrawal[] => {
    const sinceMs = memory.refusedSinceMs.get(pod.metadata.uid);
    const node = pinOf(pod);
    const isDue = sinceMs !== undefined && sinceMs + patienceMs <= now.epochMs;
    return isDue && isOfService(pod) && node !== undefined ? [{ kind: 'withdraw', pod, node }] : [];
  });
}

interface Withdrawal {
  readonly kind: 'withdraw';
  readonly pod: PodView;
  readonly node: string;
}

function isOfService({ metadata }: PodView): boolean {
  return metadata.labels?.[labels.service] !== undefined;
}

/** A task of a service whose annotation nobody can read: it would wait for ever, and another one need not. */
function isDamaged(pod: PodView): boolean {
  return isOfService(pod) && readPodPlacement(pod) === undefined;
}

/** One that is damaged as soon as it is made is not made anew all the time. */
function isOldAt({ epochMs }: Instant): (pod: PodView) => boolean {
  return (pod) => createdAtMs(pod) + patienceMs <= epochMs;
}

function createdAtMs({ metadata }: PodView): number {
  return Date.parse(metadata.creationTimestamp);
}

function withdraw(pod: PodView): PlacementStep {
  return { kind: 'withdraw', pod };
}

function lostRoom(nowMs: number): (step: Withdrawal) => LostRoom {
  return ({ pod, node }) => ({ group: groupOf(pod) ?? '', node, untilMs: nowMs + distrustMs });
}

/** The memory without what is over, and with what is seen now. */
function refreshed({ memory, waiting, onItsWay, now }: PlacementWorld): PlacementMemory {
  const there = new Set(waiting.map(({ metadata }) => metadata.uid));
  const shapes = new Set(waiting.flatMap((pod) => askedBy(pod)?.shape ?? []));
  const tried = [...memory.triedAtMs];
  const retryAfterMs = retryAfter(memory.triedAtMs);
  const refused = onItsWay.filter(isUnschedulable).map(({ metadata }) => metadata.uid);
  return {
    triedAtMs: new Map(tried.filter(([shape, atMs]) => shapes.has(shape) && atMs > now.epochMs - retryAfterMs)),
    putOffUntilMs: new Map([...memory.putOffUntilMs].filter(([uid]) => there.has(uid))),
    refusedSinceMs: new Map(refused.map((uid) => [uid, memory.refusedSinceMs.get(uid) ?? now.epochMs])),
    lostRooms: memory.lostRooms.filter(({ untilMs }) => untilMs > now.epochMs),
  };
}
