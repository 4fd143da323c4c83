import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { KubeObject } from '../../src/api/meta.ts';
import { controllerRevisions } from '../../src/controllers/resources.ts';
import { taskDefinitionController } from '../../src/controllers/task-definition.ts';
import { containerDefinition, content, service, taskDefinition } from '../support/builders.ts';
import { deployment, revision, startController, type ControllerBench } from '../support/controller.ts';
import { refuses } from '../support/inbox.ts';
import { task } from '../support/standalone.ts';

const path = '/apis/apps/v1/namespaces/shop/controllerrevisions';
const elsewhere = { namespace: 'elsewhere' };

/** What the revision of that number holds. */
const version = (number: number) => content(containerDefinition({ image: `shop/web:${String(number)}` }));

/** The task definition `web` with the content of that revision. */
const current = (number: number) => taskDefinition(version(number));

/** So many revisions of the family, numbered from 1. */
function revisions(count: number, family = 'web'): readonly KubeObject[] {
  return Array.from({ length: count }, (_, index) =>
    revision({ family, number: index + 1, content: version(index + 1) }),
  );
}

let bench: ControllerBench;

beforeEach(async () => {
  bench = await startController(taskDefinitionController);
});

afterEach(async () => {
  await bench.stop();
});

/** Reason of the condition Ready that was written. */
function reason(): string | undefined {
  const conditions = bench.status()['conditions'] as { type: string; reason: string }[] | undefined;
  return conditions?.find(({ type }) => type === 'Ready')?.reason;
}

describe('taskDefinitionController writes', () => {
  it('register: a ControllerRevision that belongs to nobody and outlives its task definition', async () => {
    bench.hold(taskDefinition({ family: 'My_App' }));
    await bench.reconcile();
    const body = {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: 'my-app-c5c06fa7.1',
        labels: {
          'app.kubernetes.io/managed-by': 'ecs-operator',
          'ecs-operator.dev/family': 'my-app-c5c06fa7',
          'ecs-operator.dev/revision': '1',
        },
        annotations: { 'ecs-operator.dev/task-definition': 'My_App:1' },
      },
      revision: 1,
      data: content(),
    };
    assert.deepEqual(bench.writes(), [[`POST ${path}`, body]]);
    const { taskDefinition: id, revision: number } = bench.status();
    assert.deepEqual([id, number, reason()], ['My_App:1', 1, 'Registered']);
  });

  it('a new number at once, also when that is all that changes', async () => {
    bench.hold(current(1), ...revisions(1));
    await bench.reconcile();
    for (const held of bench.stores.of(controllerRevisions).list()) bench.stores.of(controllerRevisions).remove(held);
    await bench.reconcile();
    assert.deepEqual([bench.status()['revision'], reason()], [2, 'Registered']);
  });

  it('prune: a delete of that very ControllerRevision', async () => {
    bench.hold(current(101), ...revisions(101));
    await bench.reconcile();
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'uid-of-web.1' } };
    assert.deepEqual(bench.writes(), [[`DELETE ${path}/web.1`, body]]);
  });

  it('claims no revision that was refused, and tries its number again', async () => {
    bench.hold(current(2), ...revisions(1));
    bench.inbox.on(`POST ${path}`, refuses(403, 'Forbidden'));
    await assert.rejects(bench.reconcile(), { name: 'ApiError', status: 403 });
    assert.equal(bench.status()['revision'], undefined);
    await bench.reconcile();
    const names = bench.writes().map(([, body]) => (body as KubeObject).metadata.name);
    assert.deepEqual(names, ['web.2', 'web.2']);
  });
});

describe('taskDefinitionController observes', () => {
  const registers: Record<string, { readonly held: readonly KubeObject[]; readonly want: readonly string[] }> = {
    'that its content is registered': { held: [current(1), ...revisions(1)], want: [] },
    'that its content is new': { held: [current(2), ...revisions(1)], want: ['web.2'] },
    'no revisions of another namespace': { held: [current(1), revision({ number: 8 }, elsewhere)], want: ['web.1'] },
    'no revisions of another family': { held: [current(1), ...revisions(1, 'shop')], want: ['web.1'] },
    'the revisions of its family, not of its name': {
      held: [taskDefinition({ ...version(2), family: 'shop' }), ...revisions(1, 'shop'), ...revisions(5)],
      want: ['shop.2'],
    },
    'no deployments of services': { held: [current(1), ...revisions(1), deployment({ sequence: 9 })], want: [] },
  };
  for (const [sentence, { held, want }] of Object.entries(registers)) {
    it(`${sentence}, and registers ${want.length === 0 ? 'nothing' : 'it'}`, async () => {
      bench.hold(...held);
      await bench.reconcile();
      assert.deepEqual(
        bench.writes().map(([, body]) => (body as KubeObject).metadata.name),
        want,
      );
    });
  }

  const keeps: Record<string, { readonly users: readonly KubeObject[]; readonly want: readonly string[] }> = {
    'nobody’s revisions, which go': { users: [], want: ['web.2', 'web.1'] },
    'a revision that a service names': { users: [service({ taskDefinition: 'web:1' })], want: ['web.2'] },
    'a revision that a service names by the name of its task definition': {
      users: [service({ taskDefinition: 'td:1' })],
      want: ['web.2'],
    },
    'a revision that a service deploys': {
      users: [service({}, { status: { deployments: [deploying('web:2')] } })],
      want: ['web.1'],
    },
    'a revision that a task names': { users: [task({ taskDefinition: 'td:1' })], want: ['web.2'] },
    'a revision that a task runs': { users: [task({}, { status: { taskDefinition: 'web:2' } })], want: ['web.1'] },
    'no revision of a task that has stopped': {
      users: [task({ taskDefinition: 'web:1' }, { status: { taskDefinition: 'web:1', lastStatus: 'STOPPED' } })],
      want: ['web.2', 'web.1'],
    },
    'no services of another namespace': {
      users: [service({ taskDefinition: 'web:1' }, { metadata: elsewhere })],
      want: ['web.2', 'web.1'],
    },
  };
  for (const [sentence, { users, want }] of Object.entries(keeps)) {
    it(sentence, async () => {
      bench.hold(taskDefinition({ ...version(102), family: 'web' }, { metadata: { name: 'td' } }));
      bench.hold(...revisions(102), ...users);
      await bench.reconcile('shop/td');
      assert.deepEqual(
        bench.writes().map(([request]) => request),
        want.map((name) => `DELETE ${path}/${name}`),
      );
    });
  }

  it('who came first to a family, which the others do not get', async () => {
    const older = { name: 'z-older', creationTimestamp: '2025-12-31T00:00:00Z' };
    bench.hold(taskDefinition({ family: 'shop' }), taskDefinition({ family: 'shop' }, { metadata: older }));
    await bench.reconcile();
    assert.deepEqual([bench.writes(), reason()], [[], 'FamilyClash']);
    await bench.reconcile('shop/z-older');
    assert.deepEqual([bench.writes().length, reason()], [1, 'Registered']);
  });

  it('nobody in another namespace who came first to its family', async () => {
    const older = { ...elsewhere, creationTimestamp: '2025-12-31T00:00:00Z' };
    bench.hold(current(1), taskDefinition({}, { metadata: older }));
    await bench.reconcile();
    assert.equal(reason(), 'Registered');
  });

  function deploying(id: string) {
    return {
      id: 'ecs-svc/1',
      status: 'PRIMARY' as const,
      taskDefinition: id,
      desiredCount: 1,
      pendingCount: 0,
      runningCount: 1,
      launched: 1,
      createdAt: '2026-01-01T12:00:00Z',
      updatedAt: '2026-01-01T12:00:00Z',
      rolloutState: 'COMPLETED' as const,
      rolloutStateReason: 'done',
    };
  }
});

describe('taskDefinitionController plans again', () => {
  const cases: Record<string, { readonly changed: KubeObject; readonly want: readonly string[] }> = {
    'the task definition of a revision’s family': { changed: revision(), want: ['shop/web'] },
    'the task definition of a revision’s family, whatever its name': {
      changed: revision({ family: 'My_App' }),
      want: ['shop/b', 'shop/my'],
    },
    'none for a revision of no family': { changed: deployment(), want: [] },
    'none for a revision of another namespace': { changed: revision({}, { namespace: 'third' }), want: [] },
    'who waits for the family of a task definition, which may be going': {
      changed: taskDefinition({ family: 'My_App' }, { metadata: { name: 'my' } }),
      want: ['shop/b'],
    },
    'the task definition that a service names': { changed: service({ taskDefinition: 'my:3' }), want: ['shop/my'] },
    'the task definition that a task names': { changed: task({ taskDefinition: 'my:3' }), want: ['shop/my'] },
    'the task definitions of the family that a service names': {
      changed: service({ taskDefinition: 'My_App' }),
      want: ['shop/b', 'shop/my'],
    },
    'the task definition of the service’s own namespace': {
      changed: service({}, { metadata: elsewhere }),
      want: ['elsewhere/web'],
    },
  };
  for (const [sentence, { changed, want }] of Object.entries(cases)) {
    it(sentence, () => {
      bench.hold(
        taskDefinition(),
        taskDefinition({}, { metadata: elsewhere }),
        taskDefinition({ family: 'My_App' }, { metadata: { name: 'my' } }),
        taskDefinition({ family: 'My_App' }, { metadata: { name: 'b' } }),
      );
      assert.deepEqual(bench.keysOf(changed), want);
    });
  }
});
