import { criteriaOf } from '../../../src/core/placement/criteria.ts';
import { compileStatic, hasFree, needsOf } from '../../../src/core/placement/engine/eligible.ts';
import { Inventory } from '../../../src/core/placement/engine/inventory.ts';
import type { PlacementRequest } from '../../../src/core/placement/model-types.ts';
import type { NodeState } from '../../../src/core/placement/engine/node-state.ts';
import { isPreferred } from '../../../src/core/placement/engine/preference.ts';
import { scatter } from '../../../src/core/placement/engine/scatter.ts';

/** Chooses by looking at all nodes each time: the same numbers, kept up to date, and no lanes. */
export class FullScan {
  readonly inventory = new Inventory();

  place(request: PlacementRequest): string | undefined {
    const { uid, group, amounts, hostPorts, strategy } = request;
    const needs = needsOf(request, this.inventory.numbers);
    const isAdmitted = compileStatic(request, []);
    const own = this.inventory.findGroup(group);
    const preference = { criteria: criteriaOf(strategy), group: own, seed: scatter(uid) };
    let best: NodeState | undefined;
    for (const state of this.inventory.states) {
      if (!state?.node || !isAdmitted(state.node) || !hasFree(state, needs)) continue;
      if (!best || isPreferred(state, best, preference)) best = state;
    }
    if (best) this.inventory.putPod({ uid, node: best.name, group, isRunning: false, amounts, hostPorts });
    return best?.name;
  }
}
