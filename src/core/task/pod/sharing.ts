/**
 * How the containers of a task have its size between them, where each needs a part of its own: on Fargate, which sizes
 * a pod by its containers' requests, and where the API server has no pod-level resources.
 *
 * On ECS they compete for it. CPU units are weights under the ceiling of the task, so the parts are proportional to
 * them: with 1024 units, `app` of 256 and `log` of none, `app` has 1024 here, as it has there when both want all. A
 * container may use memory up to its hard limit, or up to the task's without one. What is reserved (the soft limit,
 * else the hard one) is therefore a container's own, and the rest goes in equal parts to those that may use more.
 *
 * Init containers run before the others, beside the sidecars that are before them: they have what sidecars leave, and
 * so have the others afterwards. The pod as a whole then asks for the size of the task, whichever phase it is in.
 */
import type { ContainerDefinition } from '../../../api/container-definition.ts';
import { reservedMiB } from '../../task-definition/size.ts';
import type { StartOrder } from '../start-order/order.ts';

/** Whole units by container. */
export type Parts = ReadonlyMap<ContainerDefinition, number>;

type Phases = Pick<StartOrder, 'early' | 'together'>;

/** The CPU of the task in parts, by the containers' weights; their unit is that of `total`. */
export function shareCpu(total: number, phases: Phases): Parts {
  const { inits, sidecars } = phasesOf(phases);
  const running = [...sidecars, ...phases.together];
  const parts = zip(
    running,
    apportion(
      total,
      running.map(({ cpu }) => cpu),
    ),
  );
  const rest = total - sumOf(sidecars, parts);
  return new Map([...parts, ...inits.map((init) => [init, rest] as const)]);
}

/** The memory of the task in parts, in MiB. What hard limits leave over is nobody's: the sum is smaller then. */
export function shareMemory(total: number, phases: Phases): Parts {
  const { inits, sidecars } = phasesOf(phases);
  const all = [...inits, ...sidecars, ...phases.together];
  const first = zip(all, fill(total, rangesOf(all, total)));
  const rest = total - sumOf(sidecars, first);
  const ranges = phases.together.map((each) => ({ floor: first.get(each) ?? 0, cap: capOf(each) }));
  return new Map([
    ...first,
    ...inits.map((init) => [init, Math.min(capOf(init), rest)] as const),
    ...zip(phases.together, fill(rest, ranges)),
  ]);
}

function phasesOf({ early }: Phases): Readonly<Record<'inits' | 'sidecars', readonly ContainerDefinition[]>> {
  const of = (wanted: 'init' | 'sidecar'): ContainerDefinition[] =>
    early.filter(({ role }) => role === wanted).map(({ definition }) => definition);
  return { inits: of('init'), sidecars: of('sidecar') };
}

/** Hard limits are given whole where all of them fit; where they are overcommitted, what is reserved is. */
function rangesOf(definitions: readonly ContainerDefinition[], total: number): Range[] {
  const hard = definitions.map((each) => each.memory ?? reservedMiB(each));
  const isCommitted = hard.reduce((sum, each) => sum + each, 0) <= total;
  return definitions.map((each, index) => ({
    floor: isCommitted ? (hard[index] ?? 0) : reservedMiB(each),
    cap: capOf(each),
  }));
}

function capOf({ memory }: ContainerDefinition): number {
  return memory ?? Infinity;
}

/** `total` in whole parts as the weights are, equal ones where all are 0. The sum is `total` exactly. */
export function apportion(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const effective = sum === 0 ? weights.map(() => 1) : weights;
  const all = sum === 0 ? weights.length : sum;
  let [weight, given] = [0, 0];
  return effective.map((each) => {
    weight += each;
    const part = Math.round((total * weight) / all) - given;
    given += part;
    return part;
  });
}

interface Range {
  readonly floor: number;
  readonly cap: number;
}

/** The floors, and what is left of `total` on top of them in equal parts, none above its cap. */
function fill(total: number, ranges: readonly Range[]): number[] {
  const parts = ranges.map(({ floor }) => floor);
  let left = total - parts.reduce((a, b) => a + b, 0);
  // Those with the least room first: what they do not take is for the others.
  const byRoom = ranges.map(({ floor, cap }, index) => ({ index, room: cap - floor })).toSorted(byRoomThenPlace);
  byRoom.forEach(({ index, room }, position) => {
    const more = Math.min(room, Math.ceil(left / (byRoom.length - position)));
    parts[index] = (parts[index] ?? 0) + more;
    left -= more;
  });
  return parts;
}

type Room = Readonly<Record<'index' | 'room', number>>;

function byRoomThenPlace(a: Room, b: Room): number {
  return a.room === b.room ? a.index - b.index : a.room - b.room;
}

function zip(definitions: readonly ContainerDefinition[], values: readonly number[]): Map<ContainerDefinition, number> {
  return new Map(definitions.map((each, index) => [each, values[index] ?? 0]));
}

function sumOf(definitions: readonly ContainerDefinition[], parts: Parts): number {
  return definitions.reduce((sum, each) => sum + (parts.get(each) ?? 0), 0);
}
