import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { TaskDefinitionSpec } from '../../../../src/api/task-definition.ts';
import { planService } from '../../../../src/core/service/plan.ts';
import { describeTask } from '../../../../src/core/task/view.ts';
import { containerDefinition, content, healthCheck } from '../../../support/builders.ts';
import { ClusterModel } from '../../../support/cluster-model.ts';
import type { Fate } from '../../../support/fortune.ts';
import { exited, isInService, isMeantToRun, sickened } from '../../../support/pod-life.ts';

interface Happening {
  readonly happen: (cluster: ClusterModel) => void;
  readonly toString: () => string;
}

const happening = (name: string, happen: Happening['happen']): Happening => ({ happen, toString: () => name });

const portMappings = [{ containerPort: 80, protocol: 'tcp' as const }];
const contents: readonly TaskDefinitionSpec[] = [
  content(containerDefinition({ portMappings })),
  content(containerDefinition({ image: 'shop/web:2', portMappings, healthCheck })),
  content(
    containerDefinition({ image: 'shop/web:3', portMappings }),
    containerDefinition({ name: 'log', essential: false }),
  ),
];

const somePod = fc.nat(12);
const fates = fc.array(fc.constantFrom<Fate>('done', 'done', 'failed', 'unknown'), { maxLength: 6 });

const something = fc.oneof(
  fc.nat(2).map((index) => happening(`content ${String(index)}`, (c) => c.register(contents[index] ?? content()))),
  fc.nat(4).map((desiredCount) => happening(`scale to ${String(desiredCount)}`, (c) => c.change({ desiredCount }))),
  fc
    .constantFrom(0, 20, 600)
    .map((drainSeconds) =>
      happening(`drain ${String(drainSeconds)}`, (c) => c.change({ kubernetes: { drainSeconds } })),
    ),
  {
    weight: 4,
    arbitrary: fc.constant(
      happening('all goes well', (c) => {
        for (let round = 0; round < 4; round++) {
          look(c);
          c.progress();
          c.wait(15_000);
        }
      }),
    ),
  },
  { weight: 3, arbitrary: fates.map((each) => happening(`look with ${each.join()}`, (c) => look(c, each))) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fates, fc.nat(3))
      .map(([each, crash]) => happening(`crash after ${String(crash)} of ${each.join()}`, (c) => look(c, each, crash))),
  },
  { weight: 2, arbitrary: somePod.map((n) => happening(`pod ${String(n)} sickens`, (c) => c.befall(n, sickened))) },
  somePod.map((n) =>
    happening(`pod ${String(n)} exits`, (c) => c.befall(n, (pod) => exited(pod, 0, { code: 1, at: c.now.iso }))),
  ),
  fc.constant(happening('the status is lost', (c) => c.loseStatus())),
  fc.constantFrom(1, 15, 41, 700).map((seconds) => happening(`${String(seconds)} s`, (c) => c.wait(seconds * 1000))),
);

/** One reconcile, whose plan is held against what draining promises. */
function look(cluster: ClusterModel, each: readonly Fate[] = [], crashAfter?: number): void {
  for (const step of planService(cluster.observe()).steps) {
    if (step.kind !== 'stopTask') continue;
    const pod = cluster.pods.find(({ metadata }) => metadata.name === step.task.podName);
    assert.ok(pod && !isInService(pod, cluster.now.epochMs), `${step.task.id} is stopped while it serves`);
    const { drainsUntilMs = 0 } = describeTask(pod);
    assert.ok(drainsUntilMs <= cluster.now.epochMs, `${step.task.id} is stopped before it has drained`);
  }
  cluster.reconcile({ fates: each, crashAfter });
  cluster.tidy();
}

describe('a service that is routed, whatever befalls it', () => {
  it('stops no task that serves, drains each, and comes to rest with all tasks in service', () => {
    fc.assert(
      fc.property(fc.array(something, { maxLength: 40, size: 'max' }), (history) => {
        const cluster = new ClusterModel();
        cluster.register(contents[0] ?? content());
        cluster.change({ serviceRegistries: [{ registryArn: 'service:web' }] });
        for (const { happen } of history) happen(cluster);
        cluster.settle(400);
        // A service may be steady while its last tasks drain.
        cluster.wait(700_000);
        cluster.settle(400);
        const live = cluster.pods.filter(isMeantToRun);
        assert.equal(live.length, cluster.service.spec.desiredCount);
        assert.ok(
          live.every((pod) => isInService(pod, cluster.now.epochMs)),
          'a task is not in service',
        );
        assert.ok(
          cluster.pods.every((pod) => describeTask(pod).lastStatus !== 'DEACTIVATING'),
          'a task drains for ever',
        );
      }),
      { numRuns: 60 },
    );
  });
});
