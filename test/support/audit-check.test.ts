import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { AuditLog, auditViolations, restViolations, type AuditEntry } from './audit-check.ts';
import { AuditScript, operator, other, podName } from './audit-script.ts';

const staleMs = 3_000;

/** The service with its three tasks, healthy for a while. */
function steady(): AuditScript {
  return new AuditScript().service().start([1, 2, 3]).status([1, 2, 3]).pass(60_000);
}

/** The service, of whose tasks somebody has stopped two a while ago. */
function oneLeft(): AuditScript {
  return steady().stop([1, 2], { agent: other }).pass(60_000);
}

const exited = { name: 'app', ready: false, state: { terminated: { startedAt: '2026-01-01T00:00:00Z' } } };
const waiting = { name: 'app', ready: true, state: { waiting: {} } };
const revision = (number: number): AuditEntry['requestObject'] => ({
  metadata: { name: `web.${String(number)}`, labels: { 'ecs-operator.dev/family': 'web' } },
  revision: number,
});
const deploymentOf = (owner: string, number: number): AuditEntry['requestObject'] => ({
  metadata: { ownerReferences: [{ kind: 'ECSService', name: 'web', uid: owner }] },
  revision: number,
});
const created = { code: 201 };
/** The owner of a pod that is made for the record of the first task. */
const recorded = [{ kind: 'ECSTask', name: podName(1), uid: 'record-uid' }];

describe('auditViolations', () => {
  describe('finds', () => {
    const cases: Record<string, { plant: () => AuditScript; want: readonly RegExp[] }> = {
      'a task that is started twice, though its pod is long gone': {
        plant: () => steady().stop([1]).pass(60_000).start([1]),
        want: [/Started task [0-9a-f]{32} for the second time/, /Started launch service-uid \d+ 1 for the second time/],
      },
      'two tasks of the same launch': {
        plant: () => steady().start([3], { taskId: 'f'.repeat(32) }),
        want: [/Started launch service-uid \d+ 3 for the second time/, /task id that does not follow/],
      },
      'a revision that is registered twice': {
        plant: () =>
          steady()
            .ask('create controllerrevisions web.1', revision(1), created)
            .ask('create controllerrevisions web-1', revision(1), created),
        want: [/Registered shop\/web:1 for the second time/],
      },
      'a revision whose number comes again after the operator has pruned it': {
        plant: () =>
          steady()
            .ask('create controllerrevisions web.1', revision(1), created)
            .ask('delete controllerrevisions web.1', { preconditions: { uid: 'x' } })
            .ask('create controllerrevisions web.1', revision(1), created),
        want: [/Registered shop\/web:1 for the second time/],
      },
      'a revision whose number comes again after somebody has deleted another one': {
        plant: () =>
          steady()
            .ask('create controllerrevisions web.1', revision(1), created)
            .ask('delete controllerrevisions web.2', {}, { agent: other })
            .ask('create controllerrevisions web.1', revision(1), created),
        want: [/Registered shop\/web:1 for the second time/],
      },
      'two deployments of one number': {
        plant: () =>
          steady()
            .ask('create controllerrevisions ecs-svc-1', deploymentOf('u', 1), created)
            .ask('create controllerrevisions ecs-svc-2', deploymentOf('u', 1), created),
        want: [/Gave a deployment of u the number 1 for the second time/],
      },
      'a deployment that is promoted to a number that another has': {
        plant: () =>
          steady()
            .ask('create controllerrevisions ecs-svc-1', deploymentOf('u', 1), created)
            .ask('create controllerrevisions ecs-svc-2', deploymentOf('u', 2), created)
            .ask('patch controllerrevisions ecs-svc-1', { metadata: { resourceVersion: '7' }, revision: 2 }),
        want: [/Gave a deployment of u the number 2 for the second time/],
      },
      'a start above the maximum': {
        plant: () => steady().start([4, 5]),
        want: [/A start leaves service web with 5 live tasks, above 4 \(create pods shop\/web-.* audit id audit-/],
      },
      'a start above a maximum that was lowered a while ago': {
        plant: () =>
          steady()
            .ask('patch ecsservices/scale web', { spec: { replicas: 2 } }, { agent: other })
            .pass(staleMs)
            .start([4]),
        want: [/with 4 live tasks, above 3/],
      },
      'a start above a maximum that was lowered by a JSON patch': {
        plant: () =>
          steady()
            .ask(
              'patch ecsservices web',
              [{ op: 'replace', path: '/spec/deploymentConfiguration/maximumPercent', value: 100 }],
              { agent: other },
            )
            .pass(staleMs)
            .start([4]),
        want: [/with 4 live tasks, above 3/],
      },
      'a start above the maximum after an eviction that was refused': {
        plant: () =>
          steady()
            .start([4])
            .ask(`create pods/eviction ${podName(1)}`, {}, { agent: other, code: 429 })
            .start([5]),
        want: [/with 5 live tasks, above 4/],
      },
      'a stop below the minimum': {
        plant: () => steady().stop([1, 2]),
        want: [/A stop leaves service web with 1 healthy tasks, below 2 \(delete pods/],
      },
      'a stop below the minimum, which is rounded up': {
        plant: () => new AuditScript().service(3, 34).start([1, 2, 3]).status([1, 2, 3]).pass(60_000).stop([1, 2]),
        want: [/with 1 healthy tasks, below 2/],
      },
      'a start above the maximum, which is rounded down': {
        plant: () => new AuditScript().service(3, 50, 133).start([1, 2, 3, 4]),
        want: [/with 4 live tasks, above 3/],
      },
      'a stop below the minimum of ECS, which is all': {
        plant: () =>
          new AuditScript()
            .ask('create ecsservices web', { spec: { desiredCount: 2 } }, { agent: other })
            .start([1, 2])
            .status([1, 2])
            .pass(60_000)
            .stop([1]),
        want: [/with 1 healthy tasks, below 2/],
      },
      'a stop of a task that is protected': {
        plant: () => steady().protect(1, 600_000).pass(60_000).stop([1]),
        want: [/A stop of a protected task of service web/],
      },
      'a stop after others have stopped so many that none is to spare': {
        plant: () => steady().stop([1], { agent: other }).pass(staleMs).stop([2]),
        want: [/with 1 healthy tasks, below 2/],
      },
      'a stop when another task has failed a while ago': {
        plant: () => steady().fail(1).pass(staleMs).stop([2]),
        want: [/with 1 healthy tasks, below 2/],
      },
      'a stop when the new tasks have not passed their health checks': {
        plant: () => steady().start([4]).status([4], false).pass(60_000).stop([1, 2]),
        want: [/with 1 healthy tasks, below 2/],
      },
      'a stop when the new tasks, without health checks, have not run for 40 s': {
        plant: () => steady().start([4], { healthCheck: false }).status([4]).pass(39_000).stop([1, 2]),
        want: [/with 1 healthy tasks, below 2/],
      },
      'a stop when a container of the new task has not started': {
        plant: () =>
          steady()
            .start([4])
            .ask(`patch pods/status ${podName(4)}`, { status: { containerStatuses: [waiting] } }, { agent: 'kwok/v1' })
            .pass(60_000)
            .stop([1, 2]),
        want: [/with 1 healthy tasks, below 2/],
      },
      'a pod that nobody owns': {
        plant: () => steady().ask('create pods web-x', { metadata: { name: 'web-x' } }, { code: 403 }),
        want: [/A pod that its service does not own/],
      },
      'a task id by chance': {
        plant: () => steady().start([4], { taskId: '0'.repeat(32) }),
        want: [/A task id that does not follow from its launch, it should be [0-9a-f]{32}/],
      },
      'a pod name by chance': {
        plant: () => steady().start([4], { name: 'web-7xk2p' }),
        want: [/A pod name that does not follow, it should be web-[0-9a-f]{12} \(create pods shop\/web-7xk2p/],
      },
      'an ECSTask that is let start twice, though its pod is long gone': {
        plant: () => new AuditScript().make().record().release().pass(60_000).make().release(),
        want: [/Let start the task of pod shop\/job-[0-9a-f]{12} for the second time/],
      },
      'an ECSTask that is let start twice after its node was chosen': {
        plant: () => new AuditScript().make().record().release({}, 'ecs-operator.dev/placement').release().release(),
        want: [/Let start the task of pod shop\/job-[0-9a-f]{12} for the second time/],
      },
      'an ECSTask whose launch is recorded twice': {
        plant: () => new AuditScript().make().record().record(),
        want: [/Recorded the launch of a task of task-uid for the second time/],
      },
      'a pod of an ECSTask that starts before it is recorded': {
        plant: () => new AuditScript().make({ spec: {} }),
        want: [/A pod of a task that starts before it is recorded/],
      },
      'a pod that its ECSTask does not own': {
        plant: () => new AuditScript().make({ ownerReferences: [] }),
        want: [/A pod that its task does not own/],
      },
      'a pod of an ECSTask with an id by chance': {
        plant: () => new AuditScript().make({ labels: { 'ecs-operator.dev/task-id': 'f'.repeat(32) } }),
        want: [/A task id that does not follow/, /A pod name that does not follow/],
      },
      'a record of a task that lives': {
        plant: () => steady().recordTask(1),
        want: [/A record of a task that lives \(create ecstasks shop\/web-/],
      },
      'a pod of a record': {
        plant: () =>
          steady()
            .fail(1)
            .recordTask(1)
            .ask('create pods x', { metadata: { ownerReferences: recorded } }),
        want: [/A pod that its service does not own/, /A pod of the record web-[0-9a-f]{12}/],
      },
      'a record that whoever knows of none would run': {
        plant: () => steady().fail(1).recordTask(1, { stop: undefined }),
        want: [/A record that is not told to stop/],
      },
      'a record under another name': {
        plant: () =>
          steady()
            .fail(1)
            .recordTask(1, { kubernetes: { record: { podName: 'web-x' } } }),
        want: [/A record that has not the name of its pod/],
      },
      'an ECSTask of the operator that would be run': {
        plant: () => steady().ask('create ecstasks job', { spec: { taskDefinition: 'web' } }, created),
        want: [/An ECSTask that is no record/],
      },
      'a delete without uid': {
        plant: () => steady().ask(`delete pods ${podName(1)}`, { preconditions: {} }),
        want: [/A delete without uid/],
      },
      'a delete that says nothing': {
        plant: () => steady().ask(`delete pods ${podName(1)}`),
        want: [/A delete without uid/],
      },
      'a delete of many': {
        plant: () => new AuditScript().ask('deletecollection pods', {}),
        want: [/A delete of whatever is there/],
      },
      'a status written without resourceVersion': {
        plant: () => steady().ask('update ecsservices/status web', { metadata: { name: 'web' }, status: {} }),
        want: [/A change without resourceVersion \(update ecsservices\/status shop\/web/],
      },
      'a patch of a budget without resourceVersion': {
        plant: () => steady().ask('patch poddisruptionbudgets web-1', { spec: { minAvailable: 2 } }),
        want: [/A change without resourceVersion/],
      },
      'a patch without resourceVersion': {
        plant: () => steady().ask('patch controllerrevisions ecs-svc-1', { revision: 3 }, { code: 409 }),
        want: [/A change without resourceVersion/],
      },
    };
    for (const [sentence, { plant, want }] of Object.entries(cases)) {
      it(sentence, () => {
        const found = auditViolations(plant().entries, { staleMs });
        assert.equal(found.length, want.length, found.join('\n'));
        want.forEach((pattern, index) => assert.match(found[index] ?? '', pattern));
      });
    }
  });

  describe('has nothing against', () => {
    const cases: Record<string, () => AuditScript> = {
      'a roll-out within its bounds': () =>
        steady().start([4]).status([4]).stop([1, 2]).start([5, 6]).status([5, 6]).stop([3]),
      'a start that was refused, and comes again': () =>
        new AuditScript().service().start([1], { code: 403 }).start([1]),
      'a stop of a task that is protected no longer': () => steady().protect(1, 30_000).pass(60_000).stop([1]),
      'a stop of a task whose protection somebody has taken away': () =>
        steady().protect(1, 600_000).pass(60_000).protect(1, undefined).stop([1]),
      'a stop before it can know that the task is protected': () => steady().pass(60_000).protect(1, 600_000).stop([1]),
      'a stop of a protected task that is not healthy': () =>
        steady().protect(1, 600_000).status([1], false).pass(60_000).stop([1]),
      'a stop of a protected task by somebody else': () =>
        steady().protect(1, 600_000).pass(60_000).stop([1], { agent: other }),
      'the bounds of a DAEMON, which nodes decide': () =>
        steady()
          .ask('patch ecsservices web', { spec: { schedulingStrategy: 'DAEMON' } }, { agent: other })
          .pass(60_000)
          .stop([1, 2, 3]),
      'a stop that was refused before it was read': () =>
        steady().ask(`delete pods ${podName(1)}`, undefined, { code: 403 }),
      'an ECSTask that runs once, though its pod had to be made twice before it was let start': () =>
        new AuditScript().make().make().record().release({ code: 409 }).release(),
      'records of tasks that have ended, were stopped or went in any other way': () =>
        steady().fail(1).recordTask(1).stop([2], { agent: other }).recordTask(2).stop([3]).recordTask(3),
      'a pod of an ECSTask that has the name of a record that was deleted': () =>
        steady()
          .fail(1)
          .recordTask(1)
          .ask(`delete ecstasks ${podName(1)}`, { preconditions: { uid: 'x' } })
          .ask('create pods x', { metadata: { ownerReferences: recorded } }, { agent: other }),
      'a record that was refused before it was read': () =>
        new AuditScript().ask('create ecstasks web-1', undefined, { code: 403 }),
      'two notes on one deployment': () =>
        steady()
          .ask('create controllerrevisions ecs-svc-1', deploymentOf('u', 1), created)
          .ask('patch controllerrevisions ecs-svc-1', { metadata: { resourceVersion: '7', annotations: {} } })
          .ask('patch controllerrevisions ecs-svc-1', { metadata: { resourceVersion: '8', annotations: {} } }),
      'a repeated start that met its name': () => steady().start([3], { code: 409 }),
      'a stop by somebody else': () => steady().stop([1, 2, 3], { agent: other }),
      'a stop before it can know that somebody else has stopped one': () =>
        steady().stop([1], { agent: other }).stop([2]),
      'a stop before it can know that another operator has stopped one': () =>
        steady().stop([1], { agent: 'ecs-operator/two' }).stop([2]),
      'a stop of a task of which it cannot know yet that it is healthy': () =>
        oneLeft().start([4]).status([4]).stop([4]),
      'a stop of a task that has not started': () => oneLeft().start([4]).pass(60_000).stop([4]),
      'a stop of a task, without health checks, that has not run for 40 s': () =>
        oneLeft().start([4], { healthCheck: false }).status([4]).pass(40_000).stop([4]),
      'a stop of a task that is not healthy': () =>
        steady().stop([1]).start([4]).status([4], false).pass(60_000).stop([4]),
      'a stop of a task that somebody else has stopped': () =>
        steady().stop([1, 2], { agent: other }).pass(60_000).stop([1]),
      'a stop that was refused': () => steady().stop([1]).stop([2], { code: 404 }),
      'starts and stops before it can know of a new spec': () =>
        steady()
          .ask('update ecsservices web', { spec: { desiredCount: 1 } }, { agent: other })
          .start([4])
          .ask('update ecsservices web', { spec: { desiredCount: 4 } }, { agent: other })
          .stop([1]),
      'stops after the service is gone': () =>
        steady().ask('delete ecsservices web', {}, { agent: other }).stop([1, 2, 3]),
      'the tasks of a service made anew, beside those of the old one': () =>
        steady()
          .ask('delete ecsservices web', {}, { agent: other })
          .service()
          .pass(staleMs)
          .start([1, 2, 3], { owner: 'another-uid' }),
      'a start whose room somebody makes in the same moment': () =>
        steady().start([4]).stop([1], { agent: other, tookMs: 500 }).start([5], { tookMs: 600 }),
      'a start after a task has failed': () => steady().start([4]).fail(1).start([5]),
      'a start after an essential container has exited': () =>
        steady()
          .start([4])
          .ask(`patch pods/status ${podName(1)}`, { status: { containerStatuses: [exited] } }, { agent: 'kwok/v1' })
          .start([5]),
      'a start after a task was ended': () =>
        steady()
          .start([4])
          .ask(`patch pods ${podName(1)}`, { metadata: { resourceVersion: '3' }, spec: { activeDeadlineSeconds: 1 } })
          .start([5]),
      'a start after an eviction': () =>
        steady()
          .start([4])
          .ask(`create pods/eviction ${podName(1)}`, {}, { agent: other, code: 201 })
          .start([5]),
      'evictions by others below the minimum': () =>
        [1, 2, 3].reduce(
          (log, launch) => log.ask(`create pods/eviction ${podName(launch)}`, {}, { agent: other, code: 201 }),
          steady(),
        ),
      'a stop after somebody has deleted many, which may have been others': () =>
        steady().ask('deletecollection pods', {}, { agent: other }).start([4]).status([4]).pass(60_000).stop([4]),
      'a stop when the new tasks, without health checks, have run for 40 s': () =>
        steady().start([4], { healthCheck: false }).status([4]).pass(40_000).stop([1, 2]),
      'a revision whose number comes again after somebody else has deleted it': () =>
        steady()
          .ask('create controllerrevisions web.1', revision(1), created)
          .ask('delete controllerrevisions web.1', {}, { agent: other })
          .ask('create controllerrevisions web.1', revision(1), created),
      'a revision whose number comes again after its namespace was emptied': () =>
        steady()
          .ask('create controllerrevisions web.1', revision(1), created)
          .ask('deletecollection controllerrevisions', {}, { agent: 'kube-controller-manager/v1' })
          .ask('create controllerrevisions web.1', revision(1), created),
      'whatever form the writes of others have': () =>
        steady()
          .ask('create pods x', {}, { agent: other, code: 201 })
          .ask('delete pods x', {}, { agent: other })
          .ask('patch ecsservices web', { spec: {} }, { agent: other }),
      'a service whose spec is not in the log': () =>
        new AuditScript().start([1, 2, 3]).status([1, 2, 3]).stop([1, 2, 3]),
    };
    for (const [sentence, plant] of Object.entries(cases)) {
      it(sentence, () => {
        assert.deepEqual(auditViolations(plant().entries, { staleMs }), []);
      });
    }
  });
});

describe('restViolations', () => {
  const cases: Record<string, { plant: (log: AuditScript) => AuditScript; want: readonly RegExp[] }> = {
    'has nothing against a lease that is renewed every two seconds': {
      plant: (log) => everyTwoSeconds(log, 'update leases ecs-operator'),
      want: [],
    },
    'has nothing against what others ask': {
      plant: (log) =>
        log.ask('list pods', undefined, { agent: other }).ask('list pods', undefined, { agent: 'ecs-operator/two' }),
      want: [],
    },
    'finds a request for anything else': {
      plant: (log) => everyTwoSeconds(log, 'get leases ecs-operator').ask('update ecsservices/status web', {}),
      want: [/A request at rest \(update ecsservices\/status shop\/web/],
    },
    'finds a renewal too many': {
      plant: (log) =>
        everyTwoSeconds(log, 'update leases ecs-operator')
          .ask('update leases ecs-operator')
          .ask('update leases ecs-operator'),
      want: [/7 renewals in 10000 ms, more than 6/],
    },
    'finds a lease that is made anew': {
      plant: (log) => log.ask('create leases ecs-operator'),
      want: [/A request at rest \(create leases/],
    },
  };
  for (const [sentence, { plant, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const log = new AuditScript().ask('list pods');
      const fromMs = log.nowMs + 1;
      const { entries } = plant(log);
      // What comes after does not count either.
      const toMs = fromMs + 10_000;
      log.pass(toMs - log.nowMs).ask('list pods');
      const found = restViolations(entries, { fromMs, toMs }, { identity: operator.slice('ecs-operator/'.length) });
      assert.equal(found.length, want.length, found.join('\n'));
      want.forEach((pattern, index) => assert.match(found[index] ?? '', pattern));
    });
  }

  function everyTwoSeconds(log: AuditScript, what: string): AuditScript {
    for (let turn = 0; turn < 5; turn++) log.ask(what).pass(1_900);
    return log;
  }
});

describe('AuditLog', () => {
  it('reads on where it was, and leaves a line alone that is not complete', () => {
    const dir = mkdtempSync(join(tmpdir(), 'ecs-operator-test-'));
    const file = join(dir, 'audit.log');
    const [first = '', second = ''] = steady().entries.map((entry) => `${JSON.stringify(entry)}\n`);
    writeFileSync(file, first + second.slice(0, 9));
    const log = new AuditLog(file);
    assert.deepEqual(
      log.entries().map(({ auditID }) => auditID),
      ['audit-0'],
    );
    appendFileSync(file, second.slice(9));
    assert.deepEqual(
      log.entries().map(({ auditID }) => auditID),
      ['audit-0', 'audit-1'],
    );
    rmSync(dir, { recursive: true });
  });
});
