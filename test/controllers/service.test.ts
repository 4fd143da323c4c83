import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { labels } from '../../src/api/labels.ts';
import type { KubeObject, ObjectMeta, Pod } from '../../src/api/meta.ts';
import type { DeploymentStatus } from '../../src/api/service-status.ts';
import { defaultSettings } from '../../src/controllers/index.ts';
import { nodes, pods } from '../../src/controllers/resources.ts';
import { serviceController } from '../../src/controllers/service.ts';
import { newDeployment } from '../../src/core/service/deployment.ts';
import { renderPod } from '../../src/core/task/pod/pod.ts';
import { podNameOf, taskIdOf } from '../../src/core/task/identity.ts';
import {
  containerDefinition,
  content,
  deploymentRecord,
  ms,
  newTask,
  node,
  pod as builtPod,
  service,
  snapshot,
  taskDefinition,
  type PodParts,
} from '../support/builders.ts';
import { nodeView } from '../support/node-views.ts';
import { running, terminated } from '../support/container-status.ts';
import { endedPod, recordOf } from '../support/stopped.ts';
import { cluster, deployment, revision, startController, type ControllerBench } from '../support/controller.ts';

const podsPath = '/api/v1/namespaces/shop/pods';
const revisionsPath = '/apis/apps/v1/namespaces/shop/controllerrevisions';
const onNode = { nodeName: 'node-1' };
const elsewhere = { namespace: 'elsewhere' };
const owner = {
  apiVersion: 'ecs-operator.dev/v1alpha1',
  kind: 'ECSService',
  name: 'web',
  uid: 'uid-of-web',
  controller: true,
  blockOwnerDeletion: true,
};

/** A running pod of the service `web`. */
function pod({ metadata, ...parts }: PodParts = {}): Pod {
  return builtPod({
    status: { phase: 'Running', containerStatuses: [running('app')] },
    ...parts,
    metadata: { ownerReferences: [owner], ...metadata },
  });
}

/** The service of that name whose task definition that is. */
function naming(reference: string, metadata: Partial<ObjectMeta> = {}): KubeObject {
  const name = `of-${reference.replace(':', '-')}`;
  return service({ taskDefinition: reference }, { metadata: { name, ...metadata } });
}

/** Reason of the condition Ready that was written. */
function reasonOf(bench: ControllerBench): string | undefined {
  const conditions = bench.status()['conditions'] as { type: string; reason: string }[] | undefined;
  return conditions?.find(({ type }) => type === 'Ready')?.reason;
}

let bench: ControllerBench;

beforeEach(async () => {
  bench = await startController(serviceController(defaultSettings));
});

afterEach(async () => {
  await bench.stop();
});

describe('serviceController observes', () => {
  const shop = taskDefinition({ family: 'Shop' }, { metadata: { name: 'web-td' } });
  const ofShop = revision({ family: 'Shop' });
  const second = revision({ number: 2, content: content(containerDefinition({ image: 'shop/web:2' })) });

  const deployed: Record<string, { readonly held: readonly KubeObject[]; readonly want: string }> = {
    'the newest revision of the task definition of that name': {
      held: [service(), taskDefinition(), revision(), second],
      want: 'web:2',
    },
    'the revision that is named': {
      held: [service({ taskDefinition: 'web:1' }), taskDefinition(), revision(), second],
      want: 'web:1',
    },
    'the task definition of that family': {
      held: [service({ taskDefinition: 'Shop' }), shop, ofShop],
      want: 'Shop:1',
    },
    'the family of the task definition of that name': {
      held: [service({ taskDefinition: 'web-td:1' }), shop, ofShop],
      want: 'Shop:1',
    },
    'the task definition of that name before another one of that family': {
      held: [
        service(),
        taskDefinition({ family: 'web' }, { metadata: { name: 'a' } }),
        taskDefinition({ family: 'Shop' }),
        revision(),
        ofShop,
      ],
      want: 'Shop:1',
    },
  };
  for (const [sentence, { held, want }] of Object.entries(deployed)) {
    it(`${sentence}, and deploys it`, async () => {
      bench.hold(cluster(), ...held);
      await bench.reconcile();
      const [[request, body] = []] = bench.writes();
      assert.equal(request, `POST ${revisionsPath}`);
      assert.equal((body as { data: { taskDefinition: string } }).data.taskDefinition, want);
    });
  }

  for (const [mode, want] of [
    ['operator', 'web-b'],
    ['kube-scheduler', 'web-a'],
  ] as const) {
    it(`what is free on nodes where the operator places: here ${mode} does`, async () => {
      const packed = service({
        desiredCount: 1,
        placementStrategy: [{ type: 'binpack', field: 'memory' }],
        kubernetes: { placement: mode },
      });
      const room = { cpu: '2', memory: '8Gi', pods: '29' };
      bench.hold(cluster(), packed, taskDefinition(), revision(), nodeView('a'), nodeView('b', { allocatable: room }));
      bench.hold(
        deployment(),
        ...['a', 'b'].map((name) =>
          pod({ metadata: { name: `web-${name}`, labels: { [labels.taskId]: name } }, spec: { nodeName: name } }),
        ),
      );
      await bench.reconcile();
      assert.deepEqual(
        bench.writes().map(([request]) => request),
        [`DELETE ${podsPath}/${want}`],
      );
    });
  }

  const waits: Record<string, { readonly held: readonly KubeObject[]; readonly want: string }> = {
    'its cluster is missing': {
      held: [service(), taskDefinition(), revision()],
      want: 'ClusterNotFound',
    },
    'its cluster is in another namespace': {
      held: [cluster(elsewhere), service(), taskDefinition(), revision()],
      want: 'ClusterNotFound',
    },
    'its task definition is missing': {
      held: [cluster(), service(), revision()],
      want: 'TaskDefinitionNotFound',
    },
    'its task definition is in another namespace': {
      held: [cluster(), service(), taskDefinition({}, { metadata: elsewhere }), revision()],
      want: 'TaskDefinitionNotFound',
    },
    'its task definition has revisions in another namespace only': {
      held: [cluster(), service(), taskDefinition(), revision({}, elsewhere)],
      want: 'TaskDefinitionNotRegistered',
    },
    'its task definition has no such revision': {
      held: [cluster(), service({ taskDefinition: 'web:2' }), taskDefinition(), revision()],
      want: 'RevisionNotFound',
    },
    'its launch type is not one of its task definition': {
      held: [
        cluster(),
        service({ launchType: 'FARGATE' }),
        taskDefinition(),
        revision({ content: { ...content(), networkMode: 'host' } }),
      ],
      want: 'LaunchTypeNotSupported',
    },
  };
  for (const [sentence, { held, want }] of Object.entries(waits)) {
    it(`that ${sentence}, and waits`, async () => {
      bench.hold(...held);
      await bench.reconcile();
      assert.deepEqual([bench.writes(), reasonOf(bench)], [[], want]);
    });
  }

  it('a cluster by the name ECS shows, and labels its tasks with the one it has here', async () => {
    const named = cluster({ name: 'main' }, { clusterName: 'Main_Cluster' });
    bench.hold(service({ cluster: 'Main_Cluster' }), named, taskDefinition(), revision(), deployment());
    await bench.reconcile();
    const [[, body] = []] = bench.writes();
    assert.equal((body as Pod).metadata.labels?.[labels.cluster], 'main');
  });

  it('a cluster by its name before another one that ECS would show so', async () => {
    const named = cluster({ name: 'a' }, { clusterName: 'main' });
    bench.hold(service({ cluster: 'main' }), named, cluster({ name: 'main' }));
    bench.hold(taskDefinition(), revision(), deployment());
    await bench.reconcile();
    const [[, body] = []] = bench.writes();
    assert.equal((body as Pod).metadata.labels?.[labels.cluster], 'main');
  });

  it('the oldest of several clusters that ECS would show alike, in whatever order they come', async () => {
    const young = cluster({ name: 'a', creationTimestamp: '2026-01-01T12:00:01Z' }, { clusterName: 'Main' });
    bench.hold(young, cluster({ name: 'b' }, { clusterName: 'Main' }));
    bench.hold(service({ cluster: 'Main' }), taskDefinition(), revision(), deployment());
    await bench.reconcile();
    const [[, body] = []] = bench.writes();
    assert.equal((body as Pod).metadata.labels?.[labels.cluster], 'b');
  });

  it('its own tasks, and nobody else’s', async () => {
    const another = [{ ...owner, uid: 'uid-of-an-earlier-web' }];
    bench.hold(cluster(), service(), taskDefinition(), revision(), deployment(), pod());
    bench.hold(
      pod({ metadata: { name: 'web-of-another', ownerReferences: another } }),
      pod({ metadata: { name: 'web-of-nobody', ownerReferences: [] } }),
      pod({ metadata: { name: 'web-elsewhere', ...elsewhere } }),
      pod({ metadata: { name: 'web-of-another-name', labels: { [labels.service]: 'other' } } }),
    );
    await bench.reconcile();
    assert.deepEqual([bench.writes(), bench.status()['runningCount']], [[], 1]);
    assert.equal(reasonOf(bench), 'SteadyState');
  });

  it('its own deployments, and none of an earlier service of the same name', async () => {
    const earlier = service({}, { metadata: { uid: 'uid-of-an-earlier-web' } });
    bench.hold(cluster(), service(), taskDefinition(), revision(), deployment({ sequence: 7 }, earlier));
    await bench.reconcile();
    const bodies = bench.writes().map(([, body]) => (body as { revision: number }).revision);
    assert.deepEqual(bodies, [1]);
  });

  it('when a task will count as healthy, and looks again then', async () => {
    const fresh = pod({ status: { phase: 'Running', containerStatuses: [running('app', 90)] } });
    bench.hold(cluster(), service(), taskDefinition(), revision(), deployment(), fresh);
    assert.equal(await bench.reconcile(), bench.clock.now() + 30_000);
    const [shown] = bench.status()['deployments'] as DeploymentStatus[];
    assert.equal(shown?.rolloutState, 'IN_PROGRESS');
  });
});

describe('serviceController writes within a second of the last status', () => {
  /** A service of so many tasks, of which none runs when its status is written, and the first one a moment later. */
  async function runFirstOf(desiredCount: number): Promise<void> {
    const launches = Array.from({ length: desiredCount }, (_, index) => index + 1);
    bench.hold(cluster(), service({ desiredCount }), taskDefinition(), revision(), deployment());
    bench.hold(...launches.map((launch) => pod({ task: { launch }, status: { phase: 'Pending' } })));
    await bench.reconcile();
    assert.equal(bench.status()['runningCount'], 0);
    const status = { phase: 'Running', containerStatuses: [running('app', 100)] };
    bench.hold(pod({ task: { launch: 1 }, metadata: { resourceVersion: '2' }, status }));
    await bench.reconcile();
  }

  it('that all tasks run, at once', async () => {
    await runFirstOf(1);
    assert.equal(bench.status()['runningCount'], 1);
  });

  it('that another task runs, when the second is over', async () => {
    await runFirstOf(2);
    assert.equal(bench.status()['runningCount'], 0);
    bench.clock.advance(1000);
    await bench.reconcile();
    assert.equal(bench.status()['runningCount'], 1);
  });
});

describe('serviceController writes', () => {
  const first = [cluster(), taskDefinition(), revision()];
  const next = content(containerDefinition({ image: 'shop/web:2' }));
  const second = { sequence: 2, snapshot: snapshot({ taskDefinition: 'web:2', content: next }) };
  const podPath = (object: Pod): string => `${podsPath}/${object.metadata.name}`;

  const sidecar = containerDefinition({ name: 'sidecar', essential: false });
  const withSidecar = pod({
    task: { snapshot: snapshot({ content: content(containerDefinition(), sidecar) }) },
    metadata: { resourceVersion: '7' },
    status: { phase: 'Running', containerStatuses: [terminated('app', 1), running('sidecar')] },
  });
  const many = Array.from({ length: 12 }, (_, index) =>
    deployment({ sequence: index + 1, digits: String(1000 + index), name: `ecs-svc-${String(1000 + index)}` }),
  );
  const begun = newDeployment('uid-of-web', [], snapshot());
  const id = taskIdOf({ serviceUid: 'uid-of-web', deployment: deploymentRecord().digits, number: 1 });
  const started = renderPod(newTask({ id, podName: podNameOf('web', id) }));
  const primary = { task: { deployment: String(1011) } };

  const cases: Record<
    string,
    { readonly held: readonly KubeObject[]; readonly want: readonly (readonly [request: string, body: unknown])[] }
  > = {
    'createDeployment: a ControllerRevision of its own': {
      held: [...first, service()],
      want: [
        [
          `POST ${revisionsPath}`,
          {
            apiVersion: 'apps/v1',
            kind: 'ControllerRevision',
            metadata: {
              name: begun.name,
              annotations: { 'ecs-operator.dev/cause': 'SERVICE_CREATED' },
              labels: {
                'app.kubernetes.io/managed-by': 'ecs-operator',
                'ecs-operator.dev/service': 'web',
                'ecs-operator.dev/deployment': begun.digits,
              },
              ownerReferences: [owner],
            },
            revision: 1,
            data: { taskDefinition: 'web:1', launchType: 'EC2', content: content() },
          },
        ],
      ],
    },
    'promoteDeployment: its number, onto the version that was read': {
      held: [...first, service(), deployment({ resourceVersion: '5' }), deployment(second), pod()],
      want: [
        [
          `PATCH ${revisionsPath}/${deploymentRecord().name}`,
          {
            metadata: {
              resourceVersion: '5',
              annotations: { 'ecs-operator.dev/cause': 'NEW_REVISION', 'kubernetes.io/change-cause': null },
            },
            revision: 3,
          },
        ],
      ],
    },
    'forgetDeployment: a delete of that very ControllerRevision': {
      held: [...first, service(), ...many, pod(primary)],
      want: [[`DELETE ${revisionsPath}/ecs-svc-1000`, deletion('uid-of-1000')]],
    },
    'startTask: a pod of its own': {
      held: [...first, service(), deployment()],
      want: [[`POST ${podsPath}`, { ...started, metadata: { ...started.metadata, ownerReferences: [owner] } }]],
    },
    'stopTask: a delete of that very pod': {
      held: [...first, service({ desiredCount: 0 }), deployment(), pod()],
      want: [[`DELETE ${podPath(pod())}`, deletion(pod().metadata.uid)]],
    },
    'endTask: a deadline with the reason, onto the version that was read': {
      held: [...first, service({ desiredCount: 0 }), deployment(), withSidecar],
      want: [
        [
          `PATCH ${podPath(withSidecar)}`,
          {
            metadata: {
              resourceVersion: '7',
              annotations: {
                'ecs-operator.dev/stop-code': 'EssentialContainerExited',
                'ecs-operator.dev/stopped-reason': 'Essential container in task exited',
              },
            },
            spec: { activeDeadlineSeconds: 1 },
          },
        ],
      ],
    },
  };
  for (const [sentence, { held, want }] of Object.entries(cases)) {
    it(sentence, async () => {
      bench.hold(...held);
      await bench.reconcile();
      assert.deepEqual(bench.writes(), want);
    });
  }

  function deletion(uid: string): object {
    return { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
  }

  it('notes why it stops a task, for the record of it', async () => {
    bench.hold(...first, service({ desiredCount: 0 }), deployment(), pod());
    await bench.reconcile();
    const note = bench.stores.of(pods).departures.noteOf(pod().metadata.uid);
    assert.equal(note, `Scaling activity initiated by (deployment ecs-svc/${deploymentRecord().digits})`);
  });

  it('gives no task the number of one whose pod is gone, be it recorded or only remembered', async () => {
    bench.hold(...first, service({ desiredCount: 2 }), deployment(), pod({ task: { launch: 2 } }));
    bench.stores.of(pods).remove(pod({ task: { launch: 2 }, metadata: { resourceVersion: '2' } }));
    bench.hold(recordOf(endedPod(3, 50)));
    await bench.reconcile();
    const launches = bench.writes().map(([, body]) => (body as Pod).metadata.annotations?.['ecs-operator.dev/launch']);
    assert.deepEqual(launches, ['4', '5']);
  });
});

describe('serviceController looks at the nodes of its tasks', () => {
  const silent = (since: number): KubeObject => node('node-1', { ready: { status: 'Unknown', since } });
  const cases: Record<string, { readonly held: readonly KubeObject[]; readonly want: readonly string[] }> = {
    'and leaves what is on one that is Ready': { held: [node()], want: [] },
    'and leaves what is on one that is silent for less than a minute': { held: [silent(41)], want: [] },
    'and replaces what is on one that is silent for a minute': { held: [silent(40)], want: [`POST ${podsPath}`] },
    'and replaces what is on one that is gone': { held: [node('node-2')], want: [`POST ${podsPath}`] },
    'and replaces what is on one that drains': {
      held: [node('node-1', { spec: { unschedulable: true } })],
      want: [`POST ${podsPath}`],
    },
  };
  for (const [sentence, { held, want }] of Object.entries(cases)) {
    it(sentence, async () => {
      bench.hold(cluster(), service(), taskDefinition(), revision(), deployment(), pod({ spec: onNode }), ...held);
      await bench.reconcile();
      assert.deepEqual(
        bench.writes().map(([request]) => request),
        want,
      );
    });
  }

  it('and looks again when one would be lost', async () => {
    bench.hold(cluster(), service(), taskDefinition(), revision(), deployment(), pod({ spec: onNode }), silent(50));
    assert.equal(await bench.reconcile(), ms(110));
  });
});

describe('serviceController plans again', () => {
  const shop = taskDefinition({ family: 'Shop' }, { metadata: { name: 'web-td' } });
  const followers = ['web', 'web:3', 'Shop', 'Shop:3', 'web-td', 'web-td:3'].map((reference) => naming(reference));
  const inMain = service({ taskDefinition: 'other', cluster: 'main' }, { metadata: { name: 'in-main' } });
  const inNamed = service({ taskDefinition: 'other', cluster: 'Main_Cluster' }, { metadata: { name: 'in-named' } });
  const stray = { ...pod(), metadata: { ...pod().metadata, labels: {} } };
  const afar = [naming('web', elsewhere), naming('Shop', elsewhere), naming('web-td', elsewhere)];

  const cases: Record<string, { readonly changed: KubeObject; readonly want: readonly string[] }> = {
    'the service of a pod': { changed: pod(), want: ['shop/web'] },
    'no service for a pod without one': { changed: stray, want: [] },
    'the service of a pod in its own namespace': { changed: pod({ metadata: elsewhere }), want: ['elsewhere/web'] },
    'the service of a deployment': { changed: deployment(), want: ['shop/web'] },
    'those that name the task definition': {
      changed: taskDefinition(),
      want: ['shop/of-web', 'shop/of-web-3'],
    },
    'those that name the task definition or its family': {
      changed: shop,
      want: ['shop/of-Shop', 'shop/of-Shop-3', 'shop/of-web-td', 'shop/of-web-td-3'],
    },
    'those that follow the family of a revision': {
      changed: revision({ number: 2 }),
      want: ['shop/of-web', 'shop/of-web-3'],
    },
    'those that follow the family of a revision by the name of its task definition': {
      changed: revision({ family: 'Shop' }),
      want: ['shop/of-Shop', 'shop/of-Shop-3', 'shop/of-web-td', 'shop/of-web-td-3'],
    },
    'those that name the cluster, by either name': {
      changed: cluster({ name: 'main' }, { clusterName: 'Main_Cluster' }),
      want: ['shop/in-main', 'shop/in-named'],
    },
    'the services whose tasks are on a node': { changed: node('node-1'), want: ['elsewhere/web', 'shop/web'] },
    'none for a node without tasks': { changed: node('node-2'), want: [] },
    'none for the cluster of another namespace': { changed: cluster({ name: 'main', ...elsewhere }), want: [] },
  };
  for (const [sentence, { changed, want }] of Object.entries(cases)) {
    it(sentence, () => {
      bench.hold(shop, taskDefinition(), ...followers, inMain, inNamed, ...afar);
      bench.hold(pod({ spec: onNode }), pod({ task: { launch: 2 }, spec: onNode }));
      bench.hold(pod({ spec: onNode, metadata: { ...elsewhere, uid: 'other' } }));
      assert.deepEqual(bench.keysOf(changed), want);
    });
  }

  it('not for the heartbeat of a node, but for its cordon', () => {
    const isNews = serviceController(defaultSettings).watches.find(({ resource }) => resource === nodes)?.isNews;
    const beats = node('node-1', { metadata: { resourceVersion: '2' } });
    assert.equal(isNews?.(node(), beats), false);
    assert.equal(isNews(node(), node('node-1', { spec: { unschedulable: true } })), true);
  });
});
