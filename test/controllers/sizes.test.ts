import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { defaultSettings } from '../../src/controllers/index.ts';
import { serviceController } from '../../src/controllers/service.ts';
import { taskDefinitionController } from '../../src/controllers/task-definition.ts';
import { taskController } from '../../src/controllers/task.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import type { TaskDefinitionSpec } from '../../src/api/task-definition.ts';
import type { Controller } from '../../src/kube/controller.ts';
import {
  containerDefinition,
  content,
  deepFreeze,
  deploymentRecord,
  service,
  snapshot,
  taskDefinition,
} from '../support/builders.ts';
import { cluster, deployment, revision, startController } from '../support/controller.ts';
import { task } from '../support/standalone.ts';

const sized: TaskDefinitionSpec = deepFreeze({
  ...content(containerDefinition(), containerDefinition({ name: 'log' })),
  cpu: '512',
});
const deployed = deployment(deploymentRecord({ snapshot: snapshot({ content: sized }) }));
const held = [cluster(), taskDefinition(sized), revision({ content: sized })];

/** What `controller` wrote of pods, and the types of its conditions, where the server has the feature or not. */
async function look(
  controller: Controller,
  {
    key = 'shop/web',
    objects,
    podLevelResources,
  }: { key?: string; objects: readonly KubeObject[]; podLevelResources: boolean },
): Promise<{ readonly pods: readonly unknown[]; readonly conditions: readonly string[] }> {
  const bench = await startController(controller);
  bench.stores.features = { podLevelResources };
  bench.hold(...held, ...objects);
  await bench.reconcile(key);
  const pods = bench.writes().filter(([request]) => request.endsWith('/pods'));
  const conditions = (bench.status()['conditions'] ?? []) as readonly { readonly type: string }[];
  await bench.stop();
  return {
    pods: pods.map(([, body]) => (body as { readonly spec: { readonly resources?: object } }).spec.resources),
    conditions: conditions.map(({ type }) => type),
  };
}

const ofPod = { requests: { cpu: '500m' }, limits: { cpu: '500m' } };

describe('What the API server can do', () => {
  for (const [podLevelResources, want] of [
    [true, ofPod],
    [false, undefined],
  ] as const) {
    const sentence = `is what pods are made for: ${podLevelResources ? 'with' : 'without'} resources of their own`;
    it(`${sentence}, of services`, async () => {
      const { pods } = await look(serviceController(defaultSettings), {
        objects: [service(), deployed],
        podLevelResources,
      });
      assert.deepEqual(pods, [want]);
    });

    it(`${sentence}, of standalone tasks`, async () => {
      const { pods } = await look(taskController(defaultSettings), {
        key: 'shop/job',
        objects: [task()],
        podLevelResources,
      });
      assert.deepEqual(pods, [want]);
    });

    it(`is what a task definition is judged by: ${podLevelResources ? 'with' : 'without'} them`, async () => {
      const { conditions } = await look(taskDefinitionController, { objects: [], podLevelResources });
      assert.equal(conditions.includes('DiffersFromECS'), !podLevelResources);
    });
  }
});
