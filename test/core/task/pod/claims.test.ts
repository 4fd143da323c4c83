import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseTaskDefinitionSpec } from '../../../../src/api/task-definition.ts';
import type { PodBody, PodContainer } from '../../../../src/core/task/pod/body.ts';
import { renderPod } from '../../../../src/core/task/pod/pod.ts';
import { deepFreeze, newTask, snapshot } from '../../../support/builders.ts';

type Members = Readonly<Record<string, unknown>>;

interface Pod {
  readonly task: Members;
  readonly containers: readonly Members[];
  readonly on?: 'EC2' | 'FARGATE';
  readonly podLevelResources?: boolean;
}

/** The spec of the pod of such a task, whose containers are `a`, `b` and so on. */
function podOf({ task, containers, on = 'EC2', podLevelResources = true }: Pod): PodBody['spec'] {
  const containerDefinitions = containers.map((each, index) => ({ name: 'abc'[index], image: 'shop/web', ...each }));
  const content = deepFreeze(parseTaskDefinitionSpec({ ...task, containerDefinitions }));
  return renderPod(newTask({ snapshot: snapshot({ content, launchType: on }), podLevelResources })).spec;
}

function told(resources: PodContainer['resources']): string {
  const list = (quantities: Readonly<Record<string, string>> = {}): string =>
    [quantities['cpu'] ?? '-', quantities['memory'] ?? '-'].join(' ');
  return `${list(resources?.requests)} / ${list(resources?.limits)}`;
}

const size = { cpu: '512', memory: '1 GB' };
const containers = [{ cpu: 128, memory: 512, memoryReservation: 256 }, {}];

/** Requests and limits, each of CPU and memory, of the pod and its containers. */
const cases: Record<string, { readonly given: Pod; readonly pod?: string; readonly want: readonly string[] }> = {
  'the pod has the size, and the containers what they say': {
    given: { task: size, containers },
    pod: '500m 1024Mi / 500m 1024Mi',
    want: ['125m 256Mi / - 512Mi', '- - / - -'],
  },
  'the pod has what the task says of the two': {
    given: { task: { cpu: '1 vCPU' }, containers: [{ cpu: 128, memory: 64 }] },
    pod: '1000m - / 1000m -',
    want: ['125m 64Mi / - 64Mi'],
  },
  'a task without a size has no pod-level resources': {
    given: { task: {}, containers: [{ cpu: 128, memory: 64 }, { memoryReservation: 32 }] },
    want: ['125m 64Mi / - 64Mi', '- 32Mi / - -'],
  },
  'without pod-level resources the requests come to the size, and each is limited to it': {
    given: { task: size, containers, podLevelResources: false },
    want: ['500m 512Mi / 500m 512Mi', '- 512Mi / 500m 1024Mi'],
  },
  'without pod-level resources only what the task says is limited': {
    given: { task: { memory: '512' }, containers: [{ cpu: 128 }, {}], podLevelResources: false },
    want: ['125m 256Mi / - 512Mi', '- 256Mi / - 512Mi'],
  },
  'on FARGATE each has its part, requested and limited alike': {
    given: { task: size, containers: [{ cpu: 128 }, { cpu: 128, memory: 100 }], on: 'FARGATE' },
    want: ['250m 924Mi / 250m 924Mi', '250m 100Mi / 250m 100Mi'],
  },
  'on FARGATE nothing is at the pod': {
    given: { task: size, containers: [{}], on: 'FARGATE' },
    want: ['500m 1024Mi / 500m 1024Mi'],
  },
  'on FARGATE a task without a size is the sum of its containers': {
    given: {
      task: {},
      containers: [{ cpu: 256, memory: 512, memoryReservation: 6 }, { memoryReservation: 64 }],
      on: 'FARGATE',
    },
    want: ['250m 512Mi / 250m 512Mi', '- 64Mi / - 64Mi'],
  },
  'the millicores of the containers are rounded so that they fit the task': {
    given: {
      task: { cpu: '130' },
      containers: [
        { cpu: 43, memory: 6 },
        { cpu: 43, memory: 6 },
        { cpu: 44, memory: 6 },
      ],
    },
    pod: '127m - / 127m -',
    want: ['42m 6Mi / - 6Mi', '42m 6Mi / - 6Mi', '43m 6Mi / - 6Mi'],
  },
};

describe('The resources of a sized task', () => {
  for (const [sentence, { given, pod, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const spec = podOf(given);
      assert.equal(spec.resources && told(spec.resources), pod);
      assert.deepEqual(
        spec.containers.map(({ resources }) => told(resources)),
        want,
      );
    });
  }

  it('are also those of init containers and sidecars', () => {
    const dependsOn = [
      { containerName: 'a', condition: 'SUCCESS' },
      { containerName: 'b', condition: 'START' },
    ];
    const spec = podOf({
      task: size,
      containers: [{ essential: false }, { cpu: 128 }, { cpu: 384, dependsOn }],
      on: 'FARGATE',
    });
    const early = spec.initContainers?.map(({ name, resources }) => `${name}: ${told(resources)}`);
    assert.deepEqual(early, ['a: 375m 683Mi / 375m 683Mi', 'b: 125m 341Mi / 125m 341Mi']);
    assert.deepEqual(
      spec.containers.map(({ resources }) => told(resources)),
      ['375m 683Mi / 375m 683Mi'],
    );
  });
});
