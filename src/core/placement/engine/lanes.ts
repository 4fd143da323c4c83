import { criteriaOf, type Criterion } from '../criteria.ts';
import type { PlacementRequest } from '../model-types.ts';
import type { Predicate } from '../query/evaluate.ts';
import { compileLive, compileStatic } from './eligible.ts';
import type { Inventory } from './inventory.ts';
import { Lane, type Key } from './lane.ts';
import { commonResources } from './node-state.ts';

/** How much is kept ready. */
export interface LaneLimits {
  /** Lanes beyond it are forgotten, those first that have not been used for longest. */
  readonly lanes: number;
  /** A group on more nodes than that, or on most, has lanes of its own; those of others are looked at one by one. */
  readonly touched: number;
  /** Nodes that stand together in a lane. */
  readonly blockSize: number;
}

export const usualLimits: LaneLimits = { lanes: 64, touched: 512, blockSize: 64 };

/** So many nodes are looked at one by one in no time. */
const fewNodes = 64;

/** What a request needs that is the same for all of its kind. */
export interface Track {
  readonly lane: Lane;
  readonly criteria: readonly Criterion[];
  /** Queries to be asked of a node anew each time. */
  readonly live: readonly Predicate[];
  /** Whether the lane passes over the nodes where the group is: it does not know how many of its tasks are there. */
  readonly isBlind: boolean;
  /** Whether in a cell nothing counts more than how many tasks of the group a node has. */
  readonly isNodeFirst: boolean;
}

/** The lanes that are kept ready, by what the requests that use them have in common. Most of them share one. */
export class Lanes {
  readonly #inventory: Inventory;
  readonly #limits: LaneLimits;
  readonly #tracks = new Map<string, Track>();

  constructor(inventory: Inventory, limits: LaneLimits) {
    this.#inventory = inventory;
    this.#limits = limits;
  }

  /** The lane for a request, brought up to date. */
  of(request: PlacementRequest): Track {
    const kind = this.#kindOf(request);
    const { nodeSelector, tolerations, strategy, queries, isDistinct } = request;
    const same = [kind.group, kind.extended, nodeSelector, tolerations, strategy, queries, isDistinct];
    const key = JSON.stringify(same);
    const track = this.#tracks.get(key) ?? this.#make(request, kind);
    this.#keep(key, track);
    track.lane.catchUp();
    return track;
  }

  #kindOf(request: PlacementRequest): Kind {
    const criteria = criteriaOf(request.strategy);
    const isCounted = request.isDistinct || criteria.some(({ kind }) => kind === 'node');
    const nodes = this.#inventory.findGroup(request.group)?.nodes.size ?? 0;
    const group = isCounted && nodes > this.#mostTouched ? request.group : undefined;
    return { criteria, isCounted, group, extended: extendedOf(request) };
  }

  /** Where a group is on most nodes, a node without it is seldom found, and those with it have to be in order. */
  get #mostTouched(): number {
    return Math.min(this.#limits.touched, Math.max(fewNodes, this.#inventory.states.length / 2));
  }

  #make(request: PlacementRequest, { criteria, isCounted, group, extended }: Kind): Track {
    const lane = new Lane(this.#inventory, {
      isAdmitted: compileStatic(request, extended),
      attributes: criteria.flatMap((criterion) => (criterion.kind === 'value' ? [criterion.attribute] : [])),
      keys: keysOf(criteria, request.isDistinct).filter(({ kind }) => kind !== 'node' || group !== undefined),
      group,
      blockSize: this.#limits.blockSize,
    });
    const isNodeFirst = criteria.find(({ kind }) => kind !== 'value')?.kind === 'node';
    const isBlind = isCounted && group === undefined;
    return { lane, criteria, live: compileLive(request.queries), isBlind, isNodeFirst };
  }

  #keep(key: string, track: Track): void {
    this.#tracks.delete(key);
    this.#tracks.set(key, track);
    if (this.#tracks.size <= this.#limits.lanes) return;
    const [oldest] = this.#tracks.keys();
    if (oldest !== undefined) this.#tracks.delete(oldest);
  }
}

interface Kind {
  readonly criteria: readonly Criterion[];
  /** Whether it matters how many tasks of the group are on a node. */
  readonly isCounted: boolean;
  /** Whose own lane it is, if it is one. */
  readonly group: string | undefined;
  readonly extended: readonly string[];
}

/**
 * What orders the nodes of a cell: all but what is equal there. Where no two tasks may share a node, those without one
 * come first: only they can be chosen, and nobody has to go through the others.
 */
function keysOf(criteria: readonly Criterion[], isDistinct: boolean): readonly Key[] {
  const keys = criteria.flatMap((criterion) =>
    criterion.kind === 'value' || criterion.kind === 'random' ? [] : [criterion],
  );
  return isDistinct ? [{ kind: 'node' }, ...keys] : keys;
}

/** Resources that few nodes have at all, such as GPUs: the others need not be looked at. */
function extendedOf({ amounts }: PlacementRequest): readonly string[] {
  const common: readonly string[] = commonResources;
  return Object.keys(amounts)
    .filter((name) => (amounts[name] ?? 0) > 0 && !common.includes(name))
    .toSorted();
}
