import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PlacementMode } from '../../../src/api/placement.ts';
import { knownNodesOf } from '../../../src/core/placement/known-nodes.ts';
import { placementOf, type PlacementTerms } from '../../../src/core/placement/terms.ts';
import { planService } from '../../../src/core/service/plan.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import { describeTask, type TaskView } from '../../../src/core/task/view.ts';
import { node, pod, service } from '../../support/builders.ts';
import { byStrategy } from '../../support/capacity.ts';
import { look, serviceWorld } from '../../support/world.ts';

function terms(expression: string, mode: PlacementMode = 'kube-scheduler'): PlacementTerms {
  const placementConstraints = [{ type: 'memberOf' as const, expression }];
  return placementOf({ placementConstraints, kubernetes: { placement: mode } }, undefined);
}

function strategy(field: string): PlacementTerms {
  return placementOf({ placementStrategy: [{ type: 'spread', field }] }, undefined);
}

/** The tasks that a look at the world starts, as their pods tell them before they have a node. */
function startedIn(world: ServiceWorld): TaskView[] {
  return planService(world).steps.flatMap((step) =>
    step.kind === 'startTask' ? [describeTask(pod({ task: step.task }))] : [],
  );
}

const nowhere = terms('attribute:ecs.instance-type == z9.large');
const here = terms('attribute:ecs.instance-type == m6i.large');
const pattern = terms('attribute:ecs.instance-type =~ m7i.*');
const known = knownNodesOf([node('n', { metadata: { labels: { 'node.kubernetes.io/instance-type': 'm7i.large' } } })]);

/** What a service's tasks were made for that wait for a node, and what the service says by now. */
const cases: Record<string, { was: Partial<ServiceWorld>; is: Partial<ServiceWorld>; replaced: boolean }> = {
  'constraints that nothing meets, and others': {
    was: { placement: nowhere },
    is: { placement: here },
    replaced: true,
  },
  'constraints that nothing meets, and none': {
    was: { placement: nowhere },
    is: { placement: placementOf({}, undefined) },
    replaced: true,
  },
  'constraints that the operator keeps, and others': {
    was: { placement: terms('attribute:a == b', 'operator') },
    is: { placement: terms('attribute:a == c', 'operator') },
    replaced: true,
  },
  'another who places': {
    was: { placement: nowhere },
    is: { placement: { ...nowhere, mode: 'operator' } },
    replaced: true,
  },
  'a pattern, which nodes meet by now': {
    was: { placement: pattern },
    is: { placement: pattern, knownNodes: known },
    replaced: true,
  },
  'a capacity provider without nodes, and another one': {
    was: { capacity: byStrategy('general:1') },
    is: { capacity: byStrategy('compute:1') },
    replaced: true,
  },
  'a capacity provider that gets no tasks any more': {
    was: { capacity: byStrategy('general:1') },
    is: { capacity: byStrategy('general:0', 'compute:1') },
    replaced: true,
  },
  'a launch type, and a capacity provider': { was: {}, is: { capacity: byStrategy('compute:1') }, replaced: true },
  'a capacity provider, and a launch type': { was: { capacity: byStrategy('compute:1') }, is: {}, replaced: true },
  'another weight': {
    was: { capacity: byStrategy('general:1') },
    is: { capacity: byStrategy('general:4', 'compute:1') },
    replaced: false,
  },
  'another strategy: a preference keeps no task waiting': {
    was: { placement: strategy('host') },
    is: { placement: strategy('attribute:ecs.availability-zone') },
    replaced: false,
  },
  'the same': { was: { placement: nowhere }, is: { placement: nowhere }, replaced: false },
  'a capacity provider that is gone: nothing can be started': {
    was: { capacity: byStrategy('general:1') },
    is: { capacity: { kind: 'missing', reason: 'CapacityProviderNotFound', message: 'No general.' } },
    replaced: false,
  },
  'constraints that cannot be read: nothing can be started': {
    was: { placement: nowhere },
    is: { placement: terms('attribute:a = b') },
    replaced: false,
  },
};

describe('Tasks that wait for a node, made for', () => {
  for (const [name, { was, is, replaced }] of Object.entries(cases)) {
    it(`${name}: ${replaced ? 'others are started in their place' : 'they go on waiting'}`, () => {
      const two = service({ desiredCount: 2 });
      const tasks = startedIn(serviceWorld({ service: two, ...was }));
      const { steps } = look(serviceWorld({ service: two, ...is, tasks }));
      const want = replaced ? [...tasks.map(({ id }) => `stop ${id}`).sort(), 'start 3', 'start 4'] : [];
      assert.equal(tasks.length, 2);
      assert.deepEqual(steps, want);
    });
  }

  it('other constraints count for no share: the base is filled again', () => {
    const capacity = byStrategy('general:0:1', 'compute:1');
    const tasks = startedIn(serviceWorld({ capacity, placement: nowhere }));
    const { steps } = planService(serviceWorld({ capacity, placement: here, tasks }));
    const providers = steps.flatMap((step) => (step.kind === 'startTask' ? [step.task.capacity.provider?.name] : []));
    assert.deepEqual(providers, ['general']);
  });

  it('other constraints run on once they have a node', () => {
    const [task] = startedIn(serviceWorld({ placement: nowhere }));
    assert.ok(task);
    const { steps } = look(
      serviceWorld({ placement: here, tasks: [{ ...task, node: 'node-1', lastStatus: 'PENDING' }] }),
    );
    assert.deepEqual(steps, []);
  });

  it('those that are started instead are not replaced in turn', () => {
    const [before, now] = [serviceWorld({ placement: nowhere }), serviceWorld({ placement: here })];
    const tasks = startedIn({ ...now, tasks: startedIn(before) });
    assert.equal(tasks.length, 1);
    assert.deepEqual(look({ ...now, tasks }).steps, []);
  });
});
