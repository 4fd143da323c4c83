import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { parseTaskDefinitionSpec, taskDefinitionKind, type TaskDefinitionSpec } from '../../src/api/task-definition.ts';
import { sizeProblem } from '../../src/core/task-definition/size.ts';
import { renderPod } from '../../src/core/task/pod/pod.ts';
import { findServerFeatures } from '../../src/kube/features.ts';
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts';
import { Transport } from '../../src/kube/transport.ts';
import { newTask, snapshot } from '../support/builders.ts';
import { clusterSetting } from '../support/cluster.ts';
import { RecordingMeter } from '../support/recording.ts';
import type { Answer, JsonObject } from '../support/api-server.ts';
import { assertRefused, assertTaken, servesKinds } from '../support/served-kinds.ts';

/** A definition of that size, whose containers `app` and `log` have these members. */
function sized(task: JsonObject, app: JsonObject = {}, log: JsonObject = {}): JsonObject {
  const image = 'shop/web:1';
  return {
    ...task,
    containerDefinitions: [
      { name: 'app', image, ...app },
      { name: 'log', image, ...log },
    ],
  };
}

const form = {
  cpu: 'CPU units, such as 1024, or vCPUs, such as 1 vCPU',
  memory: 'MiB, such as 2048, or GB, such as 2 GB',
};
const range = { cpu: 'CPU units from 128 to 196608', memory: 'MiB from 6 to 1048576' };

const refusals: Record<string, readonly [JsonObject, readonly string[]]> = {
  'CPU in a unit that there is not': [
    sized({ cpu: '1 vCPUs', memory: '512' }),
    ['spec.cpu', `cpu '1 vCPUs' must be in ${form.cpu}`],
  ],
  'memory in a unit that there is not': [
    sized({ memory: '1 TB' }),
    ['spec.memory', `memory '1 TB' must be in ${form.memory}`],
  ],
  'an empty text': [sized({ memory: '' }), ['spec.memory', `memory '' must be in ${form.memory}`]],
  'less CPU than there is': [
    sized({ cpu: '.1 vCPU', memory: '512' }),
    ['spec.cpu', `cpu '.1 vCPU' must be a whole number of ${range.cpu}`],
  ],
  'more CPU than there is': [
    sized({ cpu: '193 vcpu', memory: '6' }),
    [`'193 vcpu' must be a whole number of ${range.cpu}`],
  ],
  'parts of a CPU unit': [
    sized({ cpu: '0.3 vCPU', memory: '6' }),
    [`'0.3 vCPU' must be a whole number of ${range.cpu}`],
  ],
  'less memory than there is': [sized({ memory: '5' }), [`memory '5' must be a whole number of ${range.memory}`]],
  'containers with more CPU': [
    sized({ cpu: '1 vCPU' }, { cpu: 512, memory: 6 }, { cpu: 600, memory: 6 }),
    [
      "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'",
      '["app 512", "log 600"] are 1112 CPU units, the task has 1 vCPU',
    ],
  ],
  'containers that reserve more memory': [
    sized({ memory: '512' }, { memory: 512, memoryReservation: 256 }, { memory: 257 }),
    [
      "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'",
      '["app 256", "log 257"] are 513 MiB, the task has 512',
    ],
  ],
  'a container that may use more memory': [
    sized({ memory: '.5 GB' }, { memory: 513, memoryReservation: 6 }),
    ['\'memory\' setting for container ["app (513 MiB)"] is greater than for the task, which has .5 GB'],
  ],
  'no memory anywhere': [
    sized({ cpu: '256' }, { memory: 6 }),
    ["Invalid setting for container 'log'. At least one of 'memory' or 'memoryReservation' must be specified"],
  ],
  'FARGATE without a size': [
    sized({ requiresCompatibilities: ['FARGATE'] }, { memory: 6 }, { memory: 6 }),
    [
      "Fargate requires that 'cpu' be defined at the task level",
      "Fargate requires that 'memory' be defined at the task level",
    ],
  ],
};

/** Two containers in a task, with numbers near each other. */
const near = fc.integer({ min: 126, max: 134 });
const members = fc.record(
  { cpu: near, memory: near, memoryReservation: near },
  { requiredKeys: [], noNullPrototype: true },
);
const anySized = fc
  .tuple(
    fc.record({ cpu: fc.integer({ min: 250, max: 270 }), memory: fc.integer({ min: 120, max: 270 }) }),
    members,
    members,
  )
  .map(([{ cpu, memory }, ...containers]) => {
    const [app, log] = containers.map(({ memory: hard, memoryReservation: soft, ...rest }) => ({
      ...rest,
      ...(hard !== undefined && { memory: Math.max(hard, soft ?? 0) }),
      ...(soft !== undefined && { memoryReservation: soft }),
    }));
    return sized({ cpu: String(cpu), memory: `${String(memory / 1024)} GB` }, app, log);
  });

describe('The API server, of the size of a task', function () {
  this.timeout(30_000);
  const served = servesKinds('sizes', taskDefinitionKind);

  const create = (spec: JsonObject): Promise<Answer> => served.create({ kind: taskDefinitionKind, spec });

  /** The pod of such a task, as the API server would have it. */
  const createPod = (content: TaskDefinitionSpec): Promise<Answer> =>
    served.tryPod(renderPod(newTask({ snapshot: snapshot({ content }), podLevelResources: true })));

  for (const [sentence, [spec, want]] of Object.entries(refusals)) {
    it(`refuses ${sentence}`, async () => {
      assertRefused(await create(spec), want);
    });
  }

  for (const [cpu, memory] of [
    ['512', '1024'],
    ['1 vCPU', '1 GB'],
    ['.5 vcpu', '0.5GB'],
    ['0.125VCPU', '6'],
    ['192 vCPU', '1024gb'],
  ]) {
    it(`takes cpu '${String(cpu)}' with memory '${String(memory)}', as they are written`, async () => {
      const { status, body } = await create(sized({ cpu, memory }));
      assert.equal(status, 201, String(body['message']));
      const spec = body['spec'] as JsonObject;
      assert.deepEqual([spec['cpu'], spec['memory']], [cpu, memory]);
    });
  }

  it('refuses exactly those containers that the operator refuses too, and takes the pods of the others', async () => {
    await fc.assert(
      fc.asyncProperty(anySized, async (spec) => {
        const content = parseTaskDefinitionSpec(spec);
        const { status, body } = await create(spec);
        assert.equal(status === 201, sizeProblem(content) === undefined, String(body['message']));
        if (status !== 201) return;
        assertTaken(await createPod(content));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps pod-level resources, and is found to', async () => {
    const transport = new Transport({
      kubeConfig: loadKubeConfig(clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG')),
      userAgent: 'test/1',
      meter: new RecordingMeter(),
      clock: systemClock,
      log: silentLog,
    });
    const context = { transport, namespace: served.namespace, clock: systemClock, log: silentLog };
    assert.deepEqual(await findServerFeatures(context, new AbortController().signal), { podLevelResources: true });
    await transport.close();
    const { body } = await createPod(parseTaskDefinitionSpec(sized({ cpu: '512', memory: '1024' })));
    const all = { cpu: '500m', memory: '1Gi' };
    assert.deepEqual((body['spec'] as JsonObject)['resources'], { requests: all, limits: all });
  });
});
