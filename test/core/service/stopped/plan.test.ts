import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Pod } from '../../../../src/api/meta.ts';
import type { Task } from '../../../../src/api/task.ts';
import { instantOf } from '../../../../src/base/clock.ts';
import { podNameOf, taskIdOf } from '../../../../src/core/task/identity.ts';
import { planStopped } from '../../../../src/core/service/stopped/plan.ts';
import { stoppedTasks } from '../../../../src/core/service/stopped/task.ts';
import type { DepartedPod, StoppedWorld } from '../../../../src/core/service/stopped/world.ts';
import { deploymentRecord, iso, ms, service, snapshot } from '../../../support/builders.ts';
import {
  departed,
  endedPod,
  endedPods,
  recordOf,
  rememberingUpTo,
  stored,
  stoppedWorld,
  told,
} from '../../../support/stopped.ts';

const long = { creationTimestamp: iso(-5000) };

function recordsOf(pods: readonly Pod[], metadata = long): Task[] {
  return pods.map((pod) => recordOf(pod, metadata));
}

function stepsOf(world: Partial<StoppedWorld>): string[] {
  return planStopped(stoppedWorld(world)).steps.map(told);
}

const range = (count: number, first = 1): number[] => Array.from({ length: count }, (_, index) => first + index);
const fargate = { task: { snapshot: snapshot({ launchType: 'FARGATE' }) } } as const;
const leaving = { metadata: { deletionTimestamp: iso(99) } };
const neverRan = { status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory' } } as const;
const six = range(6).map((launch) => endedPod(launch, 50 + launch));

describe('planStopped', () => {
  const cases: Record<string, { readonly world: Partial<StoppedWorld>; readonly want: readonly string[] }> = {
    'does nothing where nothing has stopped': { world: {}, want: [] },
    'records what has ended, and keeps its pod for its logs': {
      world: { pods: endedPods(endedPod(1, 90)) },
      want: ['record 1'],
    },
    'records once': { world: { pods: endedPods(endedPod(1, 90)), records: recordsOf([endedPod(1, 90)]) }, want: [] },
    'records the last state of a pod that is gone': {
      world: { departed: [departed(endedPod(1, 90), 95)] },
      want: ['record 1'],
    },
    'removes a pod once it is recorded, unless it is one of the newest five': {
      world: { pods: endedPods(...six), records: recordsOf(six) },
      want: ['remove 1'],
    },
    'removes no pod before it is recorded': {
      world: { pods: endedPods(...six), records: recordsOf(six.slice(1)) },
      want: ['record 1'],
    },
    'removes a pod after an hour, when its record is over too': {
      world: { pods: endedPods(endedPod(1, 100 - 3600)) },
      want: ['remove 1'],
    },
    'keeps it a second less': {
      world: { pods: endedPods(endedPod(1, 101 - 3600)), records: recordsOf([endedPod(1, 101 - 3600)]) },
      want: [],
    },
    'removes a Fargate pod once it is recorded, for it costs money': {
      world: { pods: endedPods(endedPod(1, 90, fargate)), records: recordsOf([endedPod(1, 90, fargate)]) },
      want: ['remove 1'],
    },
    'records a Fargate pod before': { world: { pods: endedPods(endedPod(1, 90, fargate)) }, want: ['record 1'] },
    'keeps five others beside a Fargate pod': {
      world: {
        pods: endedPods(...six.slice(1), endedPod(9, 99, fargate)),
        records: recordsOf([...six, endedPod(9, 99, fargate)]),
      },
      want: ['remove 9'],
    },
    'keeps no pod without a container that has run, for it has no logs': {
      world: { pods: endedPods(endedPod(1, 0, neverRan)), records: recordsOf([endedPod(1, 0, neverRan)]) },
      want: ['remove 1'],
    },
    'records it too, though it was made long ago': {
      world: { pods: endedPods(endedPod(1, 0, { ...neverRan, metadata: long })) },
      want: ['record 1'],
    },
    'leaves alone a pod that is on its way out': {
      world: {
        pods: endedPods(endedPod(1, 90, { ...fargate, ...leaving })),
        records: recordsOf([endedPod(1, 90, fargate)]),
      },
      want: [],
    },
    'records nothing where no records are wanted, and removes the pods beyond the newest five': {
      world: { pods: endedPods(...six), keptSeconds: 0 },
      want: ['remove 1'],
    },
    'does not record anew what stopped longer ago than records are kept': {
      world: { pods: endedPods(endedPod(1, 39)), keptSeconds: 60 },
      want: [],
    },
    'removes no unrecorded pod whose launch number the status does not know yet': {
      world: { pods: endedPods(...six), keptSeconds: 0, service: rememberingUpTo(0) },
      want: [],
    },
    'removes none when the status is lost': {
      world: { pods: endedPods(...six), keptSeconds: 0, service: service() },
      want: [],
    },
    'removes that of an older deployment, which starts nothing any more': {
      world: {
        pods: endedPods(...six),
        keptSeconds: 0,
        service: service(),
        deployments: [deploymentRecord({ sequence: 2 })],
      },
      want: ['remove 1'],
    },
  };
  for (const [sentence, { world, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(stepsOf(world), want);
    });
  }
});

describe('planStopped, of tasks that went while no operator watched', () => {
  const open = { service: rememberingUpTo(7, '3-5,7') };
  const launched = (...launches: readonly number[]): StoppedWorld['known'] =>
    launches.map((launch) => ({ deployment: deploymentRecord().digits, launch }));

  it('records those of which nothing is known, and that nobody saw them end', () => {
    const { steps } = planStopped(stoppedWorld({ ...open, known: launched(4, 7, 9) }));
    assert.deepEqual(steps.map(told), ['record 3', 'record 5']);
    const [step] = steps;
    assert.ok(step?.kind === 'recordTask');
    const taskId = taskIdOf({ serviceUid: 'uid-of-web', deployment: deploymentRecord().digits, number: 3 });
    assert.deepEqual(step.record.metadata, {
      name: podNameOf('web', taskId),
      labels: { ...recordOf(endedPod(1, 0)).metadata.labels, 'ecs-operator.dev/task-id': taskId },
    });
    assert.deepEqual(step.record.spec.kubernetes.record, {
      taskId,
      launch: 3,
      containers: [{ name: 'app', image: 'shop/web:1', lastStatus: 'STOPPED', healthStatus: 'UNKNOWN' }],
      healthStatus: 'UNKNOWN',
      stoppingAt: iso(100),
      stoppedAt: iso(100),
      stoppedReason: 'The pod of the task is gone, and nobody saw it end: its exit code is unknown.',
      podName: podNameOf('web', taskId),
    });
    assert.equal(step.record.spec.taskDefinition, 'web:1');
  });

  it('takes a launch of another deployment for another', () => {
    const known = [{ deployment: 'another', launch: 3 }, ...launched(4, 5, 7)];
    assert.deepEqual(planStopped(stoppedWorld({ ...open, known })).steps.map(told), ['record 3']);
  });

  it('records none where no records are wanted', () => {
    assert.deepEqual(stepsOf({ ...open, keptSeconds: 0 }), []);
  });
});

describe('planStopped looks again', () => {
  const later: Record<string, { readonly world: Partial<StoppedWorld>; readonly want: number | undefined }> = {
    'never, when nothing has stopped': { world: {}, want: undefined },
    'never, when all is recorded and no pod is left': {
      world: { departed: [departed(endedPod(1, 90), 95)], records: recordsOf([endedPod(1, 90)]) },
      want: undefined,
    },
    'when the first of the pods that are kept has been for an hour': {
      world: {
        pods: endedPods(endedPod(1, 40), endedPod(2, 30)),
        records: recordsOf([endedPod(1, 40), endedPod(2, 30)]),
      },
      want: ms(30 + 3600),
    },
  };
  for (const [sentence, { world, want }] of Object.entries(later)) {
    it(sentence, () => {
      assert.equal(planStopped(stoppedWorld(world)).wakeAtMs, want);
    });
  }
});

describe('planStopped, of many', () => {
  const many = range(150).map((launch) => endedPod(launch, launch - 60));

  it('records the newest first, and not all at once', () => {
    const { steps, wakeAtMs } = planStopped(stoppedWorld({ pods: endedPods(...many) }));
    assert.deepEqual(
      steps.map(told).filter((step) => step.startsWith('record')),
      range(32, 119)
        .toReversed()
        .map((n) => `record ${String(n)}`),
    );
    assert.equal(wakeAtMs, ms(103));
  });

  it('makes no more while those of the last three seconds are as many', () => {
    const recent = recordsOf(
      range(30).map((launch) => endedPod(1000 + launch, 99)),
      { creationTimestamp: iso(98) },
    );
    const steps = stepsOf({ pods: endedPods(...many.slice(140)), records: recent });
    assert.deepEqual(steps, ['record 150', 'record 149']);
  });

  it('goes on though the clock of the API server is ahead', () => {
    const recent = recordsOf(
      range(40).map((launch) => endedPod(1000 + launch, 99)),
      { creationTimestamp: iso(200) },
    );
    assert.deepEqual(stepsOf({ pods: endedPods(endedPod(1, 90)), records: recent }), ['record 1']);
  });

  it('removes at once the pods of those beyond the newest hundred', () => {
    const steps = stepsOf({ pods: endedPods(...many) }).filter((step) => step.startsWith('remove'));
    assert.deepEqual(
      steps,
      range(50)
        .toReversed()
        .map((n) => `remove ${String(n)}`),
    );
  });

  it('forgets the records beyond the newest hundred, and makes none that would be', () => {
    const records = recordsOf(range(102).map((launch) => endedPod(launch, launch)));
    const old = departed(endedPod(500, 2), 95);
    const names = records
      .toSorted((a, b) => (stoppedAt(a) < stoppedAt(b) ? -1 : 1))
      .map(({ metadata }) => metadata.name);
    assert.deepEqual(
      stepsOf({ departed: [old], records }),
      [names[1], names[0]].map((name) => `forget ${name ?? ''}`),
    );
  });

  for (const [services, want] of [
    [100, 100],
    [101, 99],
    [1000, 10],
    [5000, 5],
  ] as const) {
    it(`keeps ${String(want)} of each of ${String(services)} services`, () => {
      const records = recordsOf(range(102).map((launch) => endedPod(launch, launch)));
      assert.equal(stepsOf({ records, services }).length, 102 - want);
      const made = stepsOf({ pods: endedPods(...many), services }).filter((step) => step.startsWith('record'));
      assert.equal(made.length, Math.min(want, 32));
    });
  }

  const stoppedAt = ({ spec }: Task): string => spec.kubernetes?.record?.stoppedAt ?? '';
});

/** One task, and what became of its pod. */
const fate = fc.record({
  seconds: fc.integer({ min: -4000, max: 99 }),
  isGone: fc.boolean(),
  isRecorded: fc.boolean(),
  isFargate: fc.boolean(),
  ran: fc.boolean(),
});

const worlds = fc
  .record({
    fates: fc.array(fate, { maxLength: 160, size: 'max' }),
    keptSeconds: fc.constantFrom(0, 60, 3600),
    launched: fc.constantFrom(0, 50, 1000),
    services: fc.constantFrom(1, 101, 1000, 5000),
  })
  .map(({ fates, keptSeconds, launched, services }) => {
    const pods = fates.map(({ seconds, isFargate, ran }, index) =>
      endedPod(index + 1, seconds, { ...(isFargate && fargate), ...(!ran && neverRan) }),
    );
    const gone = (index: number): boolean => fates[index]?.isGone ?? false;
    const departures = pods.flatMap((pod, index) => (gone(index) ? [departed(pod, fates[index]?.seconds ?? 0)] : []));
    return stoppedWorld({
      pods: endedPods(...pods.filter((_, index) => !gone(index))),
      departed: departures,
      records: recordsOf(pods.filter((_, index) => fates[index]?.isRecorded ?? false)),
      keptSeconds,
      services,
      service: rememberingUpTo(launched),
    });
  });

/** The world after the plan is carried out. */
function after(world: StoppedWorld): StoppedWorld {
  const { steps } = planStopped(world);
  const removed = new Set(steps.flatMap((step) => (step.kind === 'removePod' ? [step.pod] : [])));
  const forgotten = new Set(steps.flatMap((step) => (step.kind === 'forgetRecord' ? [step.task] : [])));
  const made = steps.flatMap((step) =>
    step.kind === 'recordTask' ? [stored(step.record, { creationTimestamp: world.now.iso })] : [],
  );
  const left: readonly DepartedPod[] = [...removed].map((pod) => ({ pod, atMs: world.now.epochMs, reason: undefined }));
  return stoppedWorld({
    ...world,
    now: instantOf(world.now.epochMs + 3000),
    pods: world.pods.filter(({ pod }) => !removed.has(pod)),
    departed: [...world.departed, ...left],
    records: [...world.records.filter((task) => !forgotten.has(task)), ...made],
  });
}

/** Records that a service may have. */
function mostOf({ services }: StoppedWorld): number {
  return Math.max(5, Math.min(100, 10_000 / services));
}

describe('planStopped, whatever has stopped', function () {
  this.timeout(60_000);

  it('removes no pod that is to be recorded, makes each record once, and comes to rest with a hundred at most', () => {
    fc.assert(
      fc.property(worlds, (start) => {
        let world = start;
        const names = new Set(start.records.map(({ metadata }) => metadata.name));
        const lost = new Set<string>();
        // One that never ran stopped when that was noticed: a pod that is gone, later than when it was there.
        const forgotten = new Set<string>();
        for (let round = 0; planStopped(world).steps.length > 0; round++) {
          assert.ok(round < 75, 'it does not come to rest');
          for (const step of planStopped(world).steps) {
            if (step.kind === 'removePod' && !names.has(step.pod.metadata.name)) lost.add(step.pod.metadata.name);
            if (step.kind === 'forgetRecord') forgotten.add(step.task.metadata.name);
            if (step.kind !== 'recordTask') continue;
            assert.ok(!lost.has(step.record.metadata.name), 'its pod was removed before');
            const { name } = step.record.metadata;
            assert.ok(!names.has(name) || forgotten.delete(name), `${name} is recorded twice`);
            names.add(name);
          }
          const made = planStopped(world).steps.filter(({ kind }) => kind === 'recordTask').length;
          assert.ok(made <= 32, `${String(made)} records at once`);
          world = after(world);
        }
        assert.ok(world.records.length <= mostOf(world));
        // Where fewer are kept, which are the newest of those that never ran is a matter of when one looks.
        if (mostOf(start) > 32) assertNewestRecorded(start, names);
      }),
      { numRuns: 150 },
    );
  });

  /** The newest of those that stopped and whose record is not over were recorded. */
  function assertNewestRecorded(start: StoppedWorld, names: ReadonlySet<string>): void {
    const young = stoppedTasks(start).filter(
      ({ stoppedAt }) => Date.parse(stoppedAt) + start.keptSeconds * 1000 > start.now.epochMs + 60_000,
    );
    for (const { view } of young.slice(0, 32))
      assert.ok(names.has(view.podName), `launch ${String(view.launch)} has no record`);
  }
});
