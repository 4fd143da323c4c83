import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { PodView } from '../../src/api/meta.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { caches } from '../../src/controllers/caches.ts';
import { controllersWith, defaultSettings } from '../../src/controllers/index.ts';
import { controllerRevisions, pods, services, taskDefinitions } from '../../src/controllers/resources.ts';
import { Client } from '../../src/kube/client.ts';
import { Informer } from '../../src/kube/cache/informer.ts';
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts';
import { noFeatures } from '../../src/kube/features.ts';
import { Manager } from '../../src/kube/manager.ts';
import type { KubeObject, Resource } from '../../src/kube/resource.ts';
import { Store } from '../../src/kube/cache/store.ts';
import { Transport } from '../../src/kube/transport.ts';
import { passesTheAudit, podsCreated } from '../support/audit.ts';
import {
  applyAll,
  clusterSetting,
  eventually,
  kubectl,
  makeNamespace,
  operatorKubeconfig,
} from '../support/cluster.ts';
import {
  answer,
  answerAfterForwarding,
  cutAfterBytes,
  cutAfterForwarding,
  cutInLine,
  FaultProxy,
  goneAfterLines,
  insideCharacter,
  refuse,
  type Choice,
  type Fault,
} from '../support/fault-proxy.ts';
import { manifestsIn } from '../support/manifests.ts';
import { RecordingMeter } from '../support/recording.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `faults-test-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const desiredCount = 2;

const configMaps: Resource<KubeObject> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

const watched = [pods, services, controllerRevisions, taskDefinitions] as unknown as readonly Resource<KubeObject>[];

/** What goes wrong, in order; all of it has to happen. */
type Faults = readonly (readonly [Choice, Fault])[];

describe('the operator in this process, when its requests go wrong', function () {
  this.timeout(60_000);
  const stopping = new AbortController();
  const common = { clock: systemClock, log: silentLog, meter: new RecordingMeter(), random: () => 1 };
  let proxy: FaultProxy;
  let transport: Transport;
  /** A user's way, past the proxy. */
  let direct: Transport;
  let user: Client;
  let manager: Manager;
  let running: Promise<void>;

  before(async () => {
    await makeNamespace(namespace);
    proxy = await FaultProxy.to(operatorKubeconfig());
    const kubeConfig = loadKubeConfig(proxy.kubeconfig);
    transport = new Transport({ kubeConfig, userAgent: 'ecs-operator/faults', ...common });
    direct = new Transport({
      kubeConfig: loadKubeConfig(clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG')),
      userAgent: 'user/1',
      ...common,
    });
    user = new Client(direct);
    manager = new Manager({
      client: new Client(transport),
      caches,
      controllers: controllersWith(defaultSettings),
      findFeatures: () => Promise.resolve(noFeatures),
      namespaces: [namespace],
      identity: 'faults',
      concurrency: 2,
      ...common,
    });
    running = manager.run(stopping.signal, new AbortController().signal);
    const definition = manifests.taskDefinition('web', 'registry.example/web:1');
    await applyAll(manifests.cluster(), definition, manifests.service('web', desiredCount));
    await settled();
  });

  after(async () => {
    stopping.abort();
    await running;
    await Promise.all([transport.close(), direct.close()]);
    await proxy.close();
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

  /** Waits until so many tasks run, as everybody sees it, and what is held in memory is what is there. */
  function settled(tasks = desiredCount): Promise<void> {
    return eventually(async () => {
      const { items } = await user.list(pods, { namespace });
      assert.equal(items.length, tasks);
      assert.ok(items.every(isReady));
      for (const resource of watched) {
        const found = await user.list(resource, { namespace });
        assert.deepEqual(versionsOf(manager.stores.of(resource).list()), versionsOf(found.items), resource.plural);
      }
    }, 30_000);
  }

  function versionsOf(objects: readonly KubeObject[]): readonly string[] {
    return objects.map(({ metadata }) => `${metadata.name} ${metadata.uid}@${metadata.resourceVersion}`).toSorted();
  }

  function isReady({ metadata, status }: PodView): boolean {
    const ready = status?.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') ?? false;
    return ready && metadata.deletionTimestamp === undefined;
  }

  const watch = { verb: 'watch', resource: 'pods' };

  /** A user deletes a task, and meanwhile all that goes wrong: one new task is started for it, and no more. */
  async function replacesATask(faults: Faults): Promise<void> {
    const before = podsCreated(namespace).length;
    const rules = faults.map(([choice, fault]) => proxy.on({ times: 1, ...choice }, fault));
    // The watch that is open is none of those that go wrong, and begins anew.
    if (rules.length === 0 || faults.some(([{ verb }]) => verb === 'watch')) proxy.reset(watch);
    await deleteATask();
    await Promise.all(rules.map(({ spent }) => spent));
    await settled();
    assert.equal(podsCreated(namespace).length, before + 1);
  }

  async function deleteATask(): Promise<void> {
    const { items } = await user.list(pods, { namespace });
    await user.delete(pods, items[0]?.metadata ?? { name: '' }, { gracePeriodSeconds: 0 });
  }

  async function setDesiredCount(count: number): Promise<void> {
    await user.patch(services, { namespace, name: 'web' }, { type: 'merge', body: { spec: { desiredCount: count } } });
  }

  const list = { verb: 'list', resource: 'pods' };
  const create = { verb: 'create', resource: 'pods' };
  const status = { verb: 'update', resource: 'ecsservices', subresource: 'status' };
  const busy = answer(429, { headers: { 'retry-after': '1' } });

  describe('replaces a task that a user deletes', () => {
    const cases: Record<string, Faults> = {
      'though the connection of the watch is reset': [],
      'though the watch breaks off in the middle of a line': [[watch, cutInLine(1)]],
      'though the watch breaks off before the end of a line': [[watch, cutInLine(1, ({ length }) => length - 1)]],
      'though its version expires in mid-watch': [[watch, goneAfterLines(1)]],
      'though its version has expired when the watch begins': [[watch, answer(410)]],
      'though the list after that breaks off': [
        [watch, answer(410)],
        [list, cutAfterBytes(100)],
      ],
      'though the list after that fails': [
        [watch, answer(410)],
        [list, answer(500)],
      ],
      'though the server has too much to do for a watch': [[watch, busy]],
      'though the watch fails': [[watch, answer(500)]],
      'though the watch is refused': [[watch, refuse]],
      'though the name of its pod is said to be taken': [[create, answer(409, { reason: 'AlreadyExists' })]],
      'though the create meets a conflict': [[create, answer(409)]],
      'though the server has too much to do for a create': [[create, busy]],
      'though the create fails': [[create, answer(500)]],
      'though the create is said to have failed when it has not': [[create, answerAfterForwarding(500)]],
      'though the create never arrives': [[create, refuse]],
      'though the answer to the create is lost': [[create, cutAfterForwarding]],
      'though the answer to the create breaks off': [[create, cutAfterBytes(200)]],
      'though the answers to the create and to the look after it are lost': [
        [create, cutAfterForwarding],
        [{ verb: 'get', resource: 'pods' }, cutAfterForwarding],
      ],
      'though the status meets a conflict': [[status, answer(409)]],
      'though the answer to the status is lost': [[status, cutAfterForwarding]],
    };
    for (const [sentence, faults] of Object.entries(cases)) it(sentence, () => replacesATask(faults));

    it('when the watch goes on after it was held back', async () => {
      const hold = proxy.hold(watch);
      await deleteATask();
      assert.equal(manager.stores.of(pods).list().length, desiredCount, 'it was not held back');
      hold.release();
      await settled();
    });
  });

  it('goes on when a watch breaks off within a character', async () => {
    const rule = proxy.on({ ...watch, times: 1 }, cutInLine(1, insideCharacter));
    proxy.reset(watch);
    await kubectl(['annotate', '-n', namespace, 'pods', '--all', 'note=grüßt']);
    await rule.spent;
    await settled();
    const notes = manager.stores
      .of(pods)
      .list()
      .map(({ metadata }) => metadata.annotations?.['note']);
    assert.deepEqual(notes, Array(desiredCount).fill('grüßt'));
  });

  describe('stops a task of a service that shrinks', () => {
    const remove = { verb: 'delete', resource: 'pods' };
    const cases: Record<string, Faults> = {
      'though the answer is lost': [[remove, cutAfterForwarding]],
      'though it is told that the delete has failed when it has not': [[remove, answerAfterForwarding(500)]],
    };
    for (const [sentence, faults] of Object.entries(cases)) {
      it(sentence, async () => {
        await setDesiredCount(desiredCount + 1);
        await settled(desiredCount + 1);
        const before = podsCreated(namespace).length;
        const rules = faults.map(([choice, fault]) => proxy.on({ times: 1, ...choice }, fault));
        await setDesiredCount(desiredCount);
        await Promise.all(rules.map(({ spent }) => spent));
        await settled();
        assert.equal(podsCreated(namespace).length, before);
      });
    }
  });

  it('lists from the start when the version expires between two pages', async () => {
    const names = Array.from({ length: 251 }, (_, index) => `map-${String(index)}`);
    await Promise.all(names.map((name) => user.create(configMaps, namespace, { metadata: { name } })));
    const way = await FaultProxy.to(clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG'));
    const reader = new Transport({ kubeConfig: loadKubeConfig(way.kubeconfig), userAgent: 'reader/1', ...common });
    const store = new Store<KubeObject>({ resource: configMaps, namespaces: [namespace], ...common });
    const client = new Client(reader);
    const informer = new Informer({ client, store, resource: configMaps, namespace, ...common });
    const second = { verb: 'list', where: ({ query }: { readonly query: URLSearchParams }) => query.has('continue') };
    const rule = way.on({ ...second, times: 1 }, answer(410));
    const lifetime = new AbortController();
    const ended = informer.run(lifetime.signal);
    await informer.synced;
    assert.equal(rule.hits, 1);
    assert.deepEqual(versionsOf(store.list()), versionsOf((await user.list(configMaps, { namespace })).items));
    lifetime.abort();
    await ended;
    await reader.close();
    await way.close();
  });

  describe('in the end', () => {
    it('holds in memory what kubectl shows', async () => {
      for (const resource of watched) {
        const args = ['get', '-n', namespace, resource.plural, '-o', 'json'];
        const { items } = JSON.parse(await kubectl(args)) as { items: readonly KubeObject[] };
        assert.ok(items.length > 0);
        assert.deepEqual(versionsOf(manager.stores.of(resource).list()), versionsOf(items));
      }
    });
  });

  passesTheAudit(namespace, { staleMs: 10_000 });
});
