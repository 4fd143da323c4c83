import type { PlacementRequest } from '../model-types.ts';
import { hasFree, hasPorts, liveSubjectOf, needsOf, type Need } from './eligible.ts';
import type { Inventory } from './inventory.ts';
import type { Cell } from './lane.ts';
import type { Lanes, Track } from './lanes.ts';
import { commonResources, type NodeState } from './node-state.ts';
import { isPreferred, type Preference } from './preference.ts';
import { scatter, scatterBoth } from './scatter.ts';

/**
 * The node that a request prefers to all others that can take it; undefined when none can. In each cell of its lane the
 * first that can take it is the best; where chance decides, all that are equal to that one are looked at. Nodes with
 * tasks of the group, which a lane that is blind for them passes over, are few, and looked at one by one, but for those
 * in cells where a node without such tasks has been found, if that is all it takes to be preferred.
 */
export function choose(request: PlacementRequest, inventory: Inventory, lanes: Lanes): NodeState | undefined {
  const track = lanes.of(request);
  const group = inventory.findGroup(request.group);
  const needs = needsOf(request, inventory.numbers);
  const preference = { criteria: track.criteria, group, seed: scatter(request.uid) };
  const search: Search = { request, track, needs, preference, best: undefined, found: new Set() };
  searchLane(search, inventory.states);
  if (track.isBlind && !request.isDistinct) searchGroup(search);
  return search.best;
}

interface Search {
  readonly request: PlacementRequest;
  readonly track: Track;
  readonly needs: readonly Need[];
  readonly preference: Preference;
  best: NodeState | undefined;
  /** Cells in which there is a node that can take it. */
  readonly found: Set<Cell>;
}

function searchLane(search: Search, states: Inventory['states']): void {
  const { request, track } = search;
  const isChance = track.criteria.some(({ kind }) => kind === 'random');
  const isPassedOver = track.isBlind || request.isDistinct;
  const least = commonResources.map((name) => leastOf(request.amounts[name]));
  for (const cell of track.lane.cells.values()) {
    let first: number | undefined;
    cell.slots.visit(least, (slot) => {
      if (first !== undefined && !track.lane.areEqual(first, slot)) return true;
      const state = states[slot];
      if (!state || (first !== undefined && !isLuckier(state, search))) return false;
      if ((isPassedOver && state.groups.has(request.group)) || !canTake(state, search)) return false;
      first ??= slot;
      search.found.add(cell);
      consider(state, search);
      return !isChance;
    });
  }
}

/** Asked first, since it is cheap and most nodes are not. */
function isLuckier(state: NodeState, { best, preference: { seed } }: Search): boolean {
  return !best || scatterBoth(seed, state.order) <= scatterBoth(seed, best.order);
}

/** Of what is not asked for there may be less than nothing. */
function leastOf(amount = 0): number {
  return amount > 0 ? amount : -Infinity;
}

function searchGroup(search: Search): void {
  const { track, found, preference } = search;
  if (track.isNodeFirst && found.size === track.lane.cells.size) return;
  for (const state of preference.group?.nodes.keys() ?? []) {
    const cell = track.lane.cellOf(state);
    if (!cell || (track.isNodeFirst && found.has(cell))) continue;
    if (canTake(state, search)) consider(state, search);
  }
}

function canTake(state: NodeState, { request, track, needs }: Search): boolean {
  if (!state.node || !hasFree(state, needs) || !hasPorts(state, request.hostPorts)) return false;
  if (track.live.length === 0) return true;
  const subject = liveSubjectOf(state, state.node, request.group);
  return track.live.every((isAsked) => isAsked(subject));
}

function consider(state: NodeState, search: Search): void {
  if (!search.best || isPreferred(state, search.best, search.preference)) search.best = state;
}
