import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { formatFargateSize, planFargateSize, sumRequests } from '../../../deploy/local/fargate/size.ts';
import type { ContainerDefinition } from '../../../src/api/container-definition.ts';
import { parseTaskDefinitionSpec, type TaskDefinitionSpec } from '../../../src/api/task-definition.ts';
import { renderPod } from '../../../src/core/task/pod/pod.ts';
import { compileStartOrder } from '../../../src/core/task/start-order/compile.ts';
import { launchProblem } from '../../../src/core/task-definition/launch.ts';
import { sizeDifferences, sizeStatusOf, type Sizing } from '../../../src/core/task-definition/size-status.ts';
import { taskDefinitionContent } from '../../support/arbitraries.ts';
import { newTask, snapshot } from '../../support/builders.ts';

function sizing(given: TaskDefinitionSpec, podLevelResources = true): Sizing {
  const order = compileStartOrder(given.containerDefinitions);
  assert(order.kind === 'possible');
  return { content: given, order, podLevelResources };
}

function definition(
  task: Readonly<Record<string, unknown>>,
  ...containers: readonly Partial<ContainerDefinition>[]
): TaskDefinitionSpec {
  const containerDefinitions = containers.map((each, index) => ({
    name: `c${String(index)}`,
    image: 'shop/web',
    ...each,
  }));
  return parseTaskDefinitionSpec({ ...task, containerDefinitions });
}

describe('The status tells before a task runs', () => {
  const small = { cpu: '256', memory: '512' };

  it('what is requested, what Fargate bills with the overhead, and what of it is wasted', () => {
    assert.deepEqual(sizeStatusOf(sizing(definition(small, {}))), {
      requested: { cpu: 256, memory: 512 },
      fargate: {
        requested: { cpu: 256, memory: 512 },
        billed: { cpu: 256, memory: 1024 },
        capacityProvisioned: '0.25vCPU 1GB',
        wasted: { cpu: 0, memory: 256 },
      },
    });
  });

  const fargateAlone = { ...small, requiresCompatibilities: ['FARGATE'] };
  const cases: Record<string, readonly [Sizing, readonly string[]]> = {
    'nothing of EC2 for a definition for FARGATE alone': [sizing(definition(fargateAlone, {})), ['fargate']],
    'nothing of Fargate for a definition that cannot go there': [
      sizing(definition({ ...small, networkMode: 'host' }, {})),
      ['requested'],
    ],
    'nothing of Fargate for a size that it has not': [
      sizing(definition({ cpu: '300', memory: '512' }, {})),
      ['requested'],
    ],
  };
  for (const [sentence, [given, want]] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(Object.keys(sizeStatusOf(given)), want);
    });
  }

  it('of containers alone what they reserve on EC2, and their hard limits on Fargate', () => {
    const given = sizing(definition({}, { cpu: 100, memory: 512, memoryReservation: 64 }, { cpu: 1, memory: 128 }));
    const { requested, fargate } = sizeStatusOf(given);
    assert.deepEqual(requested, { cpu: 101, memory: 192 });
    assert.deepEqual(fargate?.requested, { cpu: 101, memory: 640 });
  });

  it('less memory than the task has where hard limits leave some and the pod has no size of its own', () => {
    const given = definition({ cpu: '512', memory: '2048' }, { memory: 1024 });
    assert.deepEqual(sizeStatusOf(sizing(given)).requested, { cpu: 512, memory: 2048 });
    assert.deepEqual(sizeStatusOf(sizing(given, false)).requested, { cpu: 512, memory: 1024 });
    assert.deepEqual(sizeStatusOf(sizing(given)).fargate?.requested, { cpu: 512, memory: 1024 });
  });

  it('of init containers the largest phase', () => {
    const dependsOn = [{ containerName: 'c0', condition: 'SUCCESS' as const }];
    const given = definition({}, { cpu: 512, memory: 64, essential: false }, { cpu: 256, memory: 128, dependsOn });
    assert.deepEqual(sizeStatusOf(sizing(given)).requested, { cpu: 512, memory: 128 });
  });

  it('of an init container what it needs beside the sidecars before it', () => {
    const after = (containerName: string, condition: 'START' | 'SUCCESS') => [{ containerName, condition }];
    const given = definition(
      {},
      { cpu: 100, memory: 64 },
      { cpu: 500, memory: 200, essential: false, dependsOn: after('c0', 'START') },
      { cpu: 1, memory: 6, dependsOn: after('c1', 'SUCCESS') },
    );
    assert.deepEqual(sizeStatusOf(sizing(given)).requested, { cpu: 600, memory: 264 });
  });

  it('the size that the local Fargate then provisions', () => {
    fc.assert(
      fc.property(taskDefinitionContent, (given) => {
        const { requiresCompatibilities: _, ...plain } = given;
        const content = { ...plain, networkMode: 'awsvpc' as const };
        const pod = renderPod(newTask({ snapshot: snapshot({ content, launchType: 'FARGATE' }) }));
        const provisioned = planFargateSize(sumRequests(pod.spec));
        const told = sizeStatusOf(sizing(content)).fargate?.capacityProvisioned;
        if (launchProblem(content, 'FARGATE') === undefined) {
          assert.equal(told, provisioned && formatFargateSize(provisioned));
        }
      }),
      { numRuns: 100 },
    );
  }).timeout(10_000);
});

describe('That the size of a task does not bind its containers together', () => {
  const two = [{}, {}];
  const told: Record<string, readonly [paths: readonly string[], given: TaskDefinitionSpec]> = {
    'of both': [['cpu', 'memory'], definition({ cpu: '256', memory: '512' }, ...two)],
    'of cpu alone': [['cpu'], definition({ cpu: '256', memory: '512' }, { memory: 6 }, { memory: 6 })],
    'of memory alone': [['memory'], definition({ memory: '512' }, ...two)],
  };
  for (const [words, [paths, given]] of Object.entries(told)) {
    it(`is told without pod-level resources, ${words}`, () => {
      const [difference, ...others] = sizeDifferences(given, false);
      assert.deepEqual(others, []);
      assert.deepEqual(difference?.paths, paths);
      assert.match(difference.what, /^on EC2 a limit of each container and not of all of them together, /);
      assert.deepEqual(sizeDifferences(given, true), []);
    });
  }

  const silent: Record<string, TaskDefinitionSpec> = {
    'of one container': definition({ cpu: '256', memory: '512' }, {}),
    'of a definition for FARGATE alone': definition(
      { cpu: '256', memory: '512', requiresCompatibilities: ['FARGATE'] },
      ...two,
    ),
    'of a definition without a size': definition({}, { memory: 6 }, { memory: 6 }),
    'of hard limits, which hold anyway': definition({ memory: '512' }, { memory: 6 }, { memory: 6 }),
  };
  for (const [sentence, given] of Object.entries(silent)) {
    it(`is not ${sentence}`, () => {
      assert.deepEqual(sizeDifferences(given, false), []);
    });
  }
});
