import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations } from '../../../src/api/labels.ts';
import type { TaskContainerStatus } from '../../../src/api/task.ts';
import { taskContainersOf } from '../../../src/core/task/containers.ts';
import { containersOf, taskHealthOf } from '../../../src/core/task/container-statuses.ts';
import { describeTask } from '../../../src/core/task/view.ts';
import { containerDefinition, content, healthCheck, ms, pod, snapshot, type PodParts } from '../../support/builders.ts';
import { restarted, running, terminated, waiting } from '../../support/container-status.ts';
import { containersOf as ordered } from '../../support/dependencies.ts';

/** UNHEALTHY 20 + 3 × 10 + 3 seconds after its start, if no check passes before. */
const check = { ...healthCheck, startPeriod: 20, interval: 10, retries: 2, timeout: 3 };
const app = containerDefinition({ healthCheck: check });
const other = containerDefinition({ name: 'proxy', healthCheck: check });
const unchecked = containerDefinition({ name: 'proxy' });
const aside = containerDefinition({ name: 'log', essential: false, healthCheck: check });

type Definitions = readonly ReturnType<typeof containerDefinition>[];

function podOf(definitions: Definitions, status: PodParts['status'], metadata: PodParts['metadata'] = {}) {
  const task = { snapshot: snapshot({ content: content(...definitions) }) };
  return pod({ task, spec: { nodeName: 'node-1' }, metadata, status });
}

/** What is said of `app` so many seconds after the beginning, and what was said before. */
function healthOf(
  status: PodParts['status'],
  seconds: number,
  before?: TaskContainerStatus['healthStatus'],
): string | undefined {
  const previous = before && [{ name: 'app', image: '', lastStatus: 'RUNNING', healthStatus: before } as const];
  return containersOf(podOf([app], status), previous, ms(seconds))[0]?.healthStatus;
}

describe('the health of a container', () => {
  const failing = { containerStatuses: [running('app', 5, false)] };
  const passing = { containerStatuses: [running('app', 5)] };
  const cases: Record<string, { readonly got: string | undefined; readonly want: string }> = {
    'is UNKNOWN before it runs': { got: healthOf({ containerStatuses: [waiting('app')] }, 60), want: 'UNKNOWN' },
    'is UNKNOWN while its checks may still fail': { got: healthOf(failing, 57.999), want: 'UNKNOWN' },
    'is UNHEALTHY when the last has failed that may': { got: healthOf(failing, 58), want: 'UNHEALTHY' },
    'is HEALTHY with the first success, also in the start period': { got: healthOf(passing, 6), want: 'HEALTHY' },
    'is HEALTHY with the first success, also after it was UNHEALTHY': {
      got: healthOf(passing, 60, 'UNHEALTHY'),
      want: 'HEALTHY',
    },
    'is UNHEALTHY with a failure after the first success, also in the start period': {
      got: healthOf(failing, 20, 'HEALTHY'),
      want: 'UNHEALTHY',
    },
    'stays UNHEALTHY until a success': { got: healthOf(failing, 20, 'UNHEALTHY'), want: 'UNHEALTHY' },
    'stays as it was when the container has ended': {
      got: healthOf({ containerStatuses: [terminated('app', 0)] }, 20, 'HEALTHY'),
      want: 'HEALTHY',
    },
    'stays as it was when the container has ended and is started again': {
      got: healthOf({ initContainerStatuses: [restarted('app', 1, running('app', 11, false))] }, 90, 'HEALTHY'),
      want: 'HEALTHY',
    },
  };
  for (const [sentence, { got, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(got, want);
    });
  }

  it('is UNKNOWN until a first check is told of that came as late as a kubelet may have it', () => {
    const quick = { ...healthCheck, startPeriod: 0, interval: 5, retries: 1, timeout: 2 };
    const [checked] = taskContainersOf([containerDefinition({ healthCheck: quick })]);
    const [asLate, asLong, told] = [2 * quick.interval, quick.timeout, 1];
    assert.ok((checked?.unhealthyAfter ?? 0) + told > asLate + asLong);
  });

  it('is UNKNOWN without a check, and of one that is not essential, which nobody probes', () => {
    const containerStatuses = [running('app', 5), running('proxy', 5), running('log', 5)];
    const told = containersOf(podOf([app, unchecked, aside], { containerStatuses }), [], ms(90));
    assert.deepEqual(
      told.map(({ healthStatus }) => healthStatus),
      ['HEALTHY', 'UNKNOWN', 'UNKNOWN'],
    );
  });

  it('of an older pod, whose annotation has no times, is UNKNOWN until it was HEALTHY once', () => {
    const annotation = JSON.stringify([{ name: 'app', container: 'app', essential: true, healthCheck: true }]);
    const old = podOf([app], failing, { annotations: { [annotations.containers]: annotation } });
    assert.equal(containersOf(old, [], ms(9999))[0]?.healthStatus, 'UNKNOWN');
    assert.equal(describeTask(old).unhealthyAtMs, undefined);
  });
});

describe('the health of a task (conformance 9)', () => {
  type Word = TaskContainerStatus['healthStatus'];
  const said = (definitions: Definitions, ...words: readonly Word[]): string => {
    const containers = definitions.map(({ name, image }, index) => {
      return { name, image, lastStatus: 'RUNNING' as const, healthStatus: words[index] ?? 'UNKNOWN' };
    });
    return taskHealthOf(podOf(definitions, {}), containers);
  };
  const cases: Record<string, { readonly got: string; readonly want: Word }> = {
    'is UNHEALTHY when one essential container is': {
      got: said([app, other], 'UNHEALTHY', 'UNKNOWN'),
      want: 'UNHEALTHY',
    },
    'is UNKNOWN while one is, and none is UNHEALTHY': {
      got: said([app, other], 'HEALTHY', 'UNKNOWN'),
      want: 'UNKNOWN',
    },
    'is HEALTHY when all are': { got: said([app, other], 'HEALTHY', 'HEALTHY'), want: 'HEALTHY' },
    'leaves out essential containers without a check, if another has one': {
      got: said([app, unchecked], 'HEALTHY', 'UNKNOWN'),
      want: 'HEALTHY',
    },
    'is UNKNOWN when no essential container has a check': { got: said([unchecked], 'UNKNOWN'), want: 'UNKNOWN' },
    'leaves out containers that are not essential': {
      got: said([app, aside], 'HEALTHY', 'UNHEALTHY'),
      want: 'HEALTHY',
    },
    'is UNKNOWN when only those have a check': { got: said([unchecked, aside], 'UNKNOWN', 'HEALTHY'), want: 'UNKNOWN' },
  };
  for (const [sentence, { got, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(got, want);
    });
  }
});

describe('when a task turns unhealthy', () => {
  const late = (definitions: Definitions, status: PodParts['status']) =>
    describeTask(podOf(definitions, status)).unhealthyAtMs;

  it('is when the first of its checks has failed as often as it may', () => {
    const containerStatuses = [running('app', 9, false), running('proxy', 5, false)];
    assert.equal(late([app, other], { containerStatuses }), ms(58));
  });

  it('is nothing to wait for while all pass, or nothing is checked that is essential', () => {
    assert.equal(late([app, other], { containerStatuses: [running('app'), running('proxy')] }), undefined);
    assert.equal(
      late([unchecked, aside], { containerStatuses: [running('proxy'), running('log', 0, false)] }),
      undefined,
    );
  });

  it('of a sidecar, counts from the start of what has waited for it: before, it was asked otherwise', () => {
    const order = ordered('app -> db (HEALTHY); db', { db: { healthCheck: check } });
    const db = { initContainerStatuses: [running('db', 5, false)] };
    assert.equal(late(order, { ...db, containerStatuses: [waiting('app', 'PodInitializing')] }), ms(58));
    assert.equal(late(order, { ...db, containerStatuses: [running('app', 100)] }), ms(153));
  });
});

it('the annotation of a task has the times of its checks', () => {
  const [checked] = taskContainersOf([containerDefinition({ healthCheck: check, startTimeout: 45 })]);
  assert.deepEqual(checked, {
    name: 'app',
    container: 'app',
    essential: true,
    healthCheck: true,
    unhealthyAfter: 53,
    // Four checks, the first after half an interval at the earliest.
    healthyWithin: 35,
  });
});
