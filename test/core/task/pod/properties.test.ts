import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { annotations } from '../../../../src/api/labels.ts';
import type { Pod, PodConditionView, PodView } from '../../../../src/api/meta.ts';
import { readTaskContainers, taskContainersOf } from '../../../../src/core/task/containers.ts';
import { caches } from '../../../../src/controllers/caches.ts';
import type { NewTask } from '../../../../src/core/task/pod/new-task.ts';
import { renderPod } from '../../../../src/core/task/pod/pod.ts';
import { describeTask } from '../../../../src/core/task/view.ts';
import { ecsName, taskDefinitionContent } from '../../../support/arbitraries.ts';
import { deepFreeze, newTask, pod, snapshot } from '../../../support/builders.ts';
import { restarted, running, terminated, waiting, type ContainerStatus } from '../../../support/container-status.ts';

const task: fc.Arbitrary<NewTask> = fc
  .record({
    content: taskDefinitionContent,
    family: ecsName,
    revision: fc.integer({ min: 1, max: 1_000_000 }),
    launchType: fc.constantFrom('EC2' as const, 'FARGATE' as const),
    podLevelResources: fc.boolean(),
  })
  .map(({ content, family, revision, launchType, podLevelResources }) =>
    newTask({
      snapshot: snapshot({ content, launchType, taskDefinition: `${family}:${String(revision)}` }),
      podLevelResources,
    }),
  );

function amountOf(quantities: Readonly<Record<string, string>> = {}, kind: string, otherwise: string): number {
  return Number.parseFloat(quantities[kind] ?? otherwise);
}

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

describe('renderPod, whatever the schema takes', () => {
  it('always makes a pod, and of the same task the same', () => {
    fc.assert(
      fc.property(task, (given) => {
        const body = renderPod(given);
        assert.deepEqual(renderPod(structuredClone(given)), body);
        assert.deepEqual(JSON.parse(JSON.stringify(body)), body);
      }),
    );
  });

  it('gives containers names that a pod allows, each its own', () => {
    fc.assert(
      fc.property(task, (given) => {
        const names = renderPod(given).spec.containers.map((container) => container.name);
        assert(
          names.every((name) => dnsLabel.test(name)),
          names.join(),
        );
        assert.equal(new Set(names).size, names.length);
      }),
    );
  });

  it('gives labels values that Kubernetes allows', () => {
    fc.assert(
      fc.property(task, (given) => {
        for (const value of Object.values(renderPod(given).metadata.labels)) assert.match(value, labelValue);
      }),
    );
  });

  it('writes down the containers so that they can be read again', () => {
    fc.assert(
      fc.property(task, (given) => {
        const definitions = given.snapshot.content.containerDefinitions;
        assert.deepEqual(readTaskContainers(pod({ task: given })), taskContainersOf(definitions));
      }),
    );
  });

  it('mounts volumes that the pod has, one at a path, and gives each a name of its own', () => {
    fc.assert(
      fc.property(task, (given) => {
        const { volumes = [], containers, initContainers = [] } = renderPod(given).spec;
        const names = volumes.map(({ name }) => name);
        assert(names.every((name) => dnsLabel.test(name)));
        assert.equal(new Set(names).size, names.length);
        for (const { volumeMounts = [] } of [...initContainers, ...containers]) {
          assert(volumeMounts.every(({ name }) => names.includes(name)));
          assert.equal(new Set(volumeMounts.map(({ mountPath }) => mountPath)).size, volumeMounts.length);
        }
      }),
    );
  });

  it('says nothing that Kubernetes takes only once twice', () => {
    fc.assert(
      fc.property(task, (given) => {
        const { hostAliases = [], securityContext, dnsConfig, hostPID, shareProcessNamespace } = renderPod(given).spec;
        for (const names of [
          hostAliases.map(({ ip }) => ip),
          ...hostAliases.map(({ hostnames = [] }) => hostnames),
          (securityContext?.sysctls ?? []).map(({ name }) => name),
          dnsConfig?.nameservers ?? [],
        ])
          assert.equal(new Set(names).size, names.length, names.join());
        assert(!(hostPID === true && shareProcessNamespace === true));
      }),
    );
  });

  it('reserves no more than it allows', () => {
    fc.assert(
      fc.property(task, (given) => {
        for (const { resources } of renderPod(given).spec.containers) {
          const { requests = {}, limits = {} } = resources ?? {};
          for (const kind of ['cpu', 'memory']) {
            assert(amountOf(requests, kind, '0') <= amountOf(limits, kind, 'Infinity'));
          }
          if (given.snapshot.launchType === 'FARGATE') assert.deepEqual(requests, limits);
        }
      }),
    );
  });

  it('allows no container more than the pod', () => {
    fc.assert(
      fc.property(task, (given) => {
        const { containers, resources: { limits = {} } = {} } = renderPod(given).spec;
        for (const { resources } of containers) {
          for (const kind of Object.keys(limits)) {
            assert(amountOf(resources?.limits, kind, '0') <= amountOf(limits, kind, ''));
          }
        }
      }),
    );
  });
});

/** What the operator holds in memory of a pod. */
function keptOf(given: Pod): PodView {
  const { project } = caches.find(({ resource }) => resource.kind === 'Pod') ?? {};
  if (!project) throw new Error('The whole pod is kept');
  return project(given) as PodView;
}

const names = ['app', 'log', 'envoy'];

const status: fc.Arbitrary<ContainerStatus> = fc
  .record({ name: fc.constantFrom(...names), at: fc.nat(100), ready: fc.boolean(), form: fc.nat(3) })
  .map(({ name, at, ready, form }) => {
    if (form === 0) return waiting(name, 'ErrImagePull');
    if (form === 1) return running(name, at, ready);
    return form === 2 ? terminated(name, at, at) : restarted(name, at, running(name, at, ready));
  });

function scheduled(isPlaced: boolean, why: { readonly reason?: string; readonly message?: string }): PodConditionView {
  return { type: 'PodScheduled', status: isPlaced ? 'True' : 'False', ...why };
}

/** Any pod with our labels, its annotations damaged now and then. */
const anyPod: fc.Arbitrary<Pod> = fc
  .record({
    statuses: fc.uniqueArray(status, { selector: (each) => each.name }),
    early: fc.nat(2),
    phase: fc.constantFrom('Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'),
    nodeName: fc.option(fc.constant('node-1'), { nil: undefined }),
    deletionTimestamp: fc.option(fc.constant('2026-01-01T12:00:00Z'), { nil: undefined }),
    why: fc.record({ reason: fc.constant('Evicted'), message: fc.string() }, { requiredKeys: [] }),
    isPlaced: fc.boolean(),
    damaged: fc.oneof(
      fc.constant({}),
      fc.dictionary(fc.constantFrom(...Object.values(annotations)), fc.string(), { noNullPrototype: true }),
    ),
  })
  .map(({ statuses, early, phase, nodeName, deletionTimestamp, damaged, why, isPlaced }) =>
    pod({
      metadata: { annotations: damaged, ...(deletionTimestamp !== undefined && { deletionTimestamp }) },
      spec: { ...(nodeName !== undefined && { nodeName }) },
      status: {
        phase,
        initContainerStatuses: statuses.slice(0, early),
        containerStatuses: statuses.slice(early),
        conditions: [scheduled(isPlaced, why)],
        ...why,
      },
    }),
  );

describe('describeTask, whatever the pod', () => {
  it('always has an answer, and to the same pod the same', () => {
    fc.assert(
      fc.property(anyPod, (given) => {
        const view = deepFreeze(describeTask(given));
        assert.deepEqual(describeTask(given), view);
        assert(Number.isSafeInteger(view.launch) && view.launch >= 0, `launch ${String(view.launch)}`);
        assert(!Number.isNaN(view.createdAtMs) && !Number.isNaN(view.stoppedAtMs ?? 0));
      }),
    );
  });

  it('reads nothing of a pod that is not kept of it', () => {
    fc.assert(
      fc.property(anyPod, (given) => {
        assert.deepEqual(describeTask(deepFreeze(keptOf(given))), describeTask(given));
      }),
    );
  });

  it('never has a task healthy or to be ended that is not meant to run', () => {
    fc.assert(
      fc.property(anyPod, (given) => {
        const { lastStatus, desiredStatus, healthyAtMs, endBecause } = describeTask(given);
        if (healthyAtMs !== undefined) assert.equal(lastStatus, 'RUNNING');
        if (lastStatus === 'STOPPED' || lastStatus === 'STOPPING') assert.equal(desiredStatus, 'STOPPED');
        if (endBecause !== undefined) assert.equal(desiredStatus, 'STOPPED');
      }),
    );
  });
});
