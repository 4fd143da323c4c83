import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { TaskSpec } from '../../../../src/api/task.ts';
import { planTask } from '../../../../src/core/task/standalone/plan.ts';
import { renderStandalonePod } from '../../../../src/core/task/standalone/pod.ts';
import type { TaskWorld } from '../../../../src/core/task/standalone/world.ts';
import { placementOf } from '../../../../src/core/placement/terms.ts';
import { task, taskWorld } from '../../../support/standalone.ts';

/** A task that may begin, placed as it says. */
function worldOf(spec: Partial<TaskSpec>): TaskWorld {
  const job = task(spec);
  return taskWorld({ task: job, placement: placementOf(job.spec, undefined) });
}

function conditionOf(world: TaskWorld, type: string): string | undefined {
  const condition = planTask(world).status.conditions?.find((each) => each.type === type);
  return condition && `${condition.reason}: ${condition.message}`;
}

/** The pod that the task is about to get. */
function podOf(world: TaskWorld): ReturnType<typeof renderStandalonePod> {
  const [step] = planTask(world).steps;
  assert.ok(step?.kind === 'createPod');
  return renderStandalonePod(step.task);
}

function memberOf(expression: string): Pick<TaskSpec, 'placementConstraints'> {
  return { placementConstraints: [{ type: 'memberOf', expression }] };
}

describe('the placement of a standalone task', () => {
  it('is Stalled, and nothing is started, where its pod cannot say what binds it', () => {
    const world = worldOf(memberOf('runningTasksCount < 5'));
    assert.deepEqual(planTask(world).steps, []);
    assert.match(conditionOf(world, 'Stalled') ?? '', /^PlacementNotExpressible: .*runningTasksCount < 5/);
  });

  it('is Stalled where its expression cannot be read', () => {
    const world = worldOf(memberOf('attribute:rack ='));
    assert.deepEqual(planTask(world).steps, []);
    assert.match(conditionOf(world, 'Stalled') ?? '', /^InvalidPlacementConstraint: placementConstraints\[0\]/);
  });

  it('is told where it is not as on ECS', () => {
    const world = worldOf({ placementStrategy: [{ type: 'binpack', field: 'cpu' }] });
    assert.match(conditionOf(world, 'DiffersFromECS') ?? '', /placementStrategy\[0\]: a pod cannot ask for the node/);
  });

  it('counts the tasks of its family, or of the group that it names', () => {
    const groupOf = (spec: Partial<TaskSpec>): string | undefined =>
      podOf(worldOf(spec)).metadata.labels['ecs-operator.dev/group'];
    assert.match(groupOf({}) ?? '', /^family-web-/);
    assert.equal(groupOf({ group: 'batch' }), 'batch');
  });

  it('spreads over zones and nodes what is of its group and cluster', () => {
    const { topologySpreadConstraints = [] } = podOf(worldOf({ group: 'batch' })).spec;
    assert.deepEqual(
      topologySpreadConstraints.map(({ labelSelector }) => labelSelector?.matchLabels),
      Array(2).fill({ 'ecs-operator.dev/group': 'batch', 'ecs-operator.dev/cluster': 'default' }),
    );
  });

  it('is binding by the node affinity of its pod', () => {
    const { affinity } = podOf(worldOf(memberOf('attribute:ecs.os-type == linux'))).spec;
    const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    assert.deepEqual(terms, [{ matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] }]);
  });
});
