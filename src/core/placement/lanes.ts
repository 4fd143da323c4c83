import { criteriaOf, type Criterion } from './criteria.ts';
import { compileLive, compileStatic } from './eligible.ts';
import type { Inventory } from './inventory.ts';
import { Lane, type Key } from './lane.ts';
import type { PlacementRequest } from './model-types.ts';
import { commonResources } from './node-state.ts';
import type { Predicate } from './query/evaluate.ts';

/** How much is kept ready. */
export interface LaneLimits {
  /** Lanes beyond it are forgotten, those first that have not been used for longest. */
  readonly lanes: number;
  /** A group on more nodes than that has lanes of its own; those of smaller ones are looked at one by one. */
  readonly touched: number;
  /** Nodes that stand together in a lane. */
  readonly blockSize: number;
}

export const usualLimits: LaneLimits = { lanes: 64, touched: 128, blockSize: 64 };

/** What a request needs that is the same for all of its kind. */
export interface Track {
  readonly lane: Lane;
  readonly criteria: readonly Criterion[];
  /** Queries to be asked of a node anew each time. */
  readonly live: readonly Predicate[];
  /** Whether the lane passes over the nodes where the group is: it does not know how many of its tasks are there. */
  readonly isBlind: boolean;
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
    const criteria = criteriaOf(request.strategy);
    const isCounted = request.isDistinct || criteria.some(({ kind }) => kind === 'node');
    const nodes = this.#inventory.findGroup(request.group)?.nodes.size ?? 0;
    const group = isCounted && nodes > this.#limits.touched ? request.group : undefined;
    const extended = extendedOf(request);
    const { nodeSelector, tolerations, strategy, queries } = request;
    const key = JSON.stringify([group, isCounted, extended, nodeSelector, tolerations, strategy, queries]);
    const track = this.#tracks.get(key) ?? this.#make(request, { criteria, group, isCounted, extended });
    this.#keep(key, track);
    track.lane.catchUp();
    return track;
  }

  #make(request: PlacementRequest, { criteria, group, isCounted, extended }: Kind): Track {
    const isAdmitted = compileStatic(request, extended);
    const keys = [...(request.isDistinct ? [{ kind: 'node' } as const] : []), ...keysOf(criteria)].filter(
      ({ kind }) => kind !== 'node' || group !== undefined,
    );
    const attributes = criteria.flatMap((criterion) => (criterion.kind === 'value' ? [criterion.attribute] : []));
    const { blockSize } = this.#limits;
    const lane = new Lane(this.#inventory, { isAdmitted, attributes, keys, group, blockSize });
    return { lane, criteria, live: compileLive(request.queries), isBlind: isCounted && group === undefined };
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
  readonly group: string | undefined;
  readonly isCounted: boolean;
  readonly extended: readonly string[];
}

/** What orders the nodes of a cell: all but what is equal there, up to where chance decides. */
function keysOf(criteria: readonly Criterion[]): Key[] {
  return criteria.flatMap((criterion) =>
    criterion.kind === 'value' || criterion.kind === 'random' ? [] : [criterion],
  );
}

/** Resources that few nodes have at all, such as GPUs: the others need not be looked at. */
function extendedOf({ amounts }: PlacementRequest): readonly string[] {
  const common: readonly string[] = commonResources;
  return Object.keys(amounts)
    .filter((name) => (amounts[name] ?? 0) > 0 && !common.includes(name))
    .toSorted();
}
