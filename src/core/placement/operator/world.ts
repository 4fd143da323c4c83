import type { PodView } from '../../../api/meta.ts';
import type { Instant } from '../../../base/clock.ts';
import type { PlacementRequest } from '../model-types.ts';

/** Who knows which node takes a task, and keeps its part of the node for it from then on. */
export interface Placer {
  /** The node, or undefined when none takes it. */
  readonly place: (request: PlacementRequest) => string | undefined;
}

/** All that a look at the tasks to be placed rests on. */
export interface PlacementWorld {
  readonly now: Instant;
  readonly placer: Placer;
  /** Whether the placer has yet to hear of changes: nothing is placed then. */
  readonly isBehind: boolean;
  /** The pods that wait for us to choose their nodes. */
  readonly waiting: readonly PodView[];
  /** The pods whose nodes we have chosen, and that are not bound yet. */
  readonly onItsWay: readonly PodView[];
  readonly memory: PlacementMemory;
}

/** What earlier looks have found; all of it can be lost. */
export interface PlacementMemory {
  /** Epoch ms at which no node took a task of that shape. */
  readonly triedAtMs: ReadonlyMap<string, number>;
  /** Epoch ms until which a pod is left alone, by uid: the API server did not let us pin it. */
  readonly putOffUntilMs: ReadonlyMap<string, number>;
  /** Epoch ms since which the kube-scheduler finds no room for a pod on its node, by uid. */
  readonly refusedSinceMs: ReadonlyMap<string, number>;
  /** Nodes on which a task lost its room to somebody whom we may not see, each with when to trust it again. */
  readonly lostRooms: readonly LostRoom[];
}

export const nothingKnown: PlacementMemory = {
  triedAtMs: new Map(),
  putOffUntilMs: new Map(),
  refusedSinceMs: new Map(),
  lostRooms: [],
};

export interface LostRoom {
  readonly group: string;
  readonly node: string;
  readonly untilMs: number;
}

export type PlacementStep =
  /** Takes our gate away and pins the pod to the node, in one. */
  | { readonly kind: 'pin'; readonly pod: PodView; readonly node: string }
  /** Takes a task back that has lost its room on the node, or does not say how to place it, and cannot have started: its service makes another. */
  | { readonly kind: 'withdraw'; readonly pod: PodView; readonly node?: string };

export interface PlacementPlan {
  readonly steps: readonly PlacementStep[];
  readonly memory: PlacementMemory;
  /** Epoch ms at which to look again. */
  readonly wakeAtMs?: number;
}
