import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PlacementStrategy } from '../../../../src/api/placement.ts';
import { Inventory } from '../../../../src/core/placement/engine/inventory.ts';
import { Lanes, usualLimits } from '../../../../src/core/placement/engine/lanes.ts';
import { PlacementModel } from '../../../../src/core/placement/engine/model.ts';
import { placedPod, placementNode, placementRequest } from '../../../support/placement.ts';

describe('a lane', () => {
  it('keeps no cell for a value that no node has any more', () => {
    const inventory = new Inventory();
    const lanes = new Lanes(inventory, usualLimits);
    const cells = (): number => lanes.of(placementRequest()).lane.cells.size;
    for (const zone of ['a', 'b', 'c']) inventory.putNode(placementNode({ name: zone, zone }));
    assert.equal(cells(), 3);
    inventory.putNode(placementNode({ name: 'c', zone: 'a' }));
    inventory.removeNode('b');
    assert.equal(cells(), 1);
  });

  it('keeps none when it begins anew either, after more changes than there are nodes', () => {
    const inventory = new Inventory();
    const lanes = new Lanes(inventory, usualLimits);
    const cells = (): number => lanes.of(placementRequest()).lane.cells.size;
    inventory.putNode(placementNode({ zone: 'a' }));
    assert.equal(cells(), 1);
    for (const zone of ['b', 'c', 'd']) inventory.putNode(placementNode({ zone }));
    assert.equal(cells(), 1);
  });

  it('is another one for tasks that may not share a node', () => {
    const model = new PlacementModel({ ...usualLimits, touched: 0 });
    for (const name of ['a', 'b']) model.putNode(placementNode({ name }));
    model.putPod(placedPod({ node: 'b' }));
    const strategy: PlacementStrategy[] = [
      { type: 'binpack', field: 'memory' },
      { type: 'spread', field: 'instanceId' },
    ];
    assert.equal(model.place(placementRequest({ strategy, isDistinct: true })), 'a');
    model.release('task-1');
    assert.equal(model.place(placementRequest({ strategy })), 'b');
  });

  it('is shared by services that ask for different amounts, until one has its own', () => {
    const inventory = new Inventory();
    const lanes = new Lanes(inventory, { ...usualLimits, touched: 1 });
    const names = ['a', 'b'];
    for (const name of names) inventory.putNode(placementNode({ name }));
    const { amounts, hostPorts, ...web } = placementRequest();
    const db = placementRequest({ group: 'default/service:db', amounts: { cpu: 1000 } });
    const laneOf = (asked: typeof db): unknown => lanes.of(asked).lane;
    assert.equal(laneOf(placementRequest()), laneOf(db));
    for (const node of names) inventory.putPod({ ...web, uid: node, node, isRunning: true, amounts, hostPorts });
    assert.notEqual(laneOf(placementRequest()), laneOf(db));
  });
});
