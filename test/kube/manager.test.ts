import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, it } from 'mocha';
import { watch } from '../../src/kube/controller.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { cache, type ManagerOptions } from '../../src/kube/manager.ts';
import { kubeMetrics } from '../../src/kube/metrics.ts';
import { soleKey } from '../../src/kube/sole-controller.ts';
import type { KubeObject, Resource } from '../../src/kube/resource.ts';
import { Store } from '../../src/kube/cache/store.ts';
import { Stores } from '../../src/kube/cache/stores.ts';
import { FakeClock } from '../support/clock.ts';
import { accepts } from '../support/inbox.ts';
import { failure, pod, podList, pods, type Pod, widgetsOf } from '../support/kube-objects.ts';
import { Reconciles, startManager, type ManagerBench } from '../support/manager.ts';
import { RecordingLog, RecordingMeter } from '../support/recording.ts';
import type { Received } from '../support/scripted-server.ts';

const widgets = widgetsOf<KubeObject>();

const podsPath = '/api/v1/pods';
const widgetsPath = '/apis/example.com/v1/widgets';

function widget(name: string, version: number): KubeObject {
  return { ...pod(name, version), apiVersion: 'example.com/v1', kind: 'Widget' };
}

/** A pod that concerns the widget of that name. */
function podOf(owner: string, name: string, version: number): Pod {
  return pod(name, version, { spec: { nodeName: owner } });
}

const conflict = new ApiError(409, { reason: 'Conflict', message: 'the object has been modified' });

describe('Manager', () => {
  let reconciles: Reconciles;
  let bench: ManagerBench;

  afterEach(async () => {
    await bench.stop();
  });

  /** One controller of widgets, which watches pods, and one of pods. */
  async function start(options: Partial<ManagerOptions> = {}): Promise<void> {
    reconciles = new Reconciles();
    const ofPods = watch(pods, (each) => (each.spec?.nodeName === undefined ? [] : [`default/${each.spec.nodeName}`]));
    bench = await startManager({
      caches: [cache({ resource: widgets }), cache({ resource: pods })],
      controllers: [
        reconciles.controller({ name: 'widget', resource: widgets, watches: [ofPods] }),
        reconciles.controller({ name: 'pod', resource: pods, watches: [] }),
      ],
      ...options,
    });
  }

  /** Starts it with these objects, and ends the first look at each of them well. */
  async function settle(
    held: { readonly widgets?: readonly KubeObject[]; readonly pods?: readonly Pod[] },
    options: Partial<ManagerOptions> = {},
  ): Promise<{ readonly widgetsWatch: Received; readonly podsWatch: Received }> {
    await start(options);
    bench.list(widgetsPath, ...(held.widgets ?? []));
    bench.list(podsPath, ...(held.pods ?? []));
    await reconciles.finish((held.widgets ?? []).length + (held.pods ?? []).length);
    const widgetsWatch = (await bench.inbox.next(`WATCH ${widgetsPath}`)).open();
    return { widgetsWatch, podsWatch: (await bench.inbox.next(`WATCH ${podsPath}`)).open() };
  }

  it('plans nothing before everything has been listed, then plans every object once', async () => {
    await start();
    bench.list(widgetsPath, widget('w1', 3), widget('w2', 4));
    // A watch begins when its list has been taken in.
    await bench.inbox.next(`WATCH ${widgetsPath}`);
    await turn();
    assert.deepEqual([reconciles.waiting, bench.manager.isSynced], [[], false]);
    bench.list(podsPath, podOf('w1', 'p', 5));
    assert.deepEqual(await reconciles.finish(3), ['pod default/p', 'widget default/w1', 'widget default/w2']);
    assert.equal(bench.manager.isSynced, true);
    await turn();
    assert.deepEqual(reconciles.waiting, []);
  });

  it('plans nothing before it is known what the server can do, and tells it', async () => {
    const found = Promise.withResolvers<{ readonly podLevelResources: boolean }>();
    await start({ findFeatures: () => found.promise });
    bench.list(widgetsPath, widget('w1', 3));
    bench.list(podsPath);
    await bench.inbox.next(`WATCH ${podsPath}`);
    await turn();
    assert.deepEqual([reconciles.waiting, bench.manager.isSynced], [[], true]);
    found.resolve({ podLevelResources: true });
    const { context } = await reconciles.next();
    assert.deepEqual(context.stores.features, { podLevelResources: true });
  });

  it('has a controller without a kind look once, at one key, and again at what its watches say', async () => {
    const looks = new Reconciles();
    const sole = looks.controller({ name: 'sole', watches: [watch(pods, () => [soleKey])] });
    await start({ controllers: [sole] });
    bench.list(widgetsPath, widget('w1', 3));
    bench.list(podsPath, podOf('w1', 'p', 5));
    assert.deepEqual(await looks.finish(1), ['sole *']);
    await (await bench.inbox.next(`WATCH ${podsPath}`)).open().event('MODIFIED', podOf('w1', 'p', 6));
    assert.deepEqual([...(await looks.finish(1)), ...looks.waiting], ['sole *']);
  });

  it('gives reconciles everything it holds', async () => {
    await start();
    bench.list(widgetsPath, widget('w1', 3));
    bench.list(podsPath);
    const { context } = await reconciles.next();
    assert.deepEqual(context.stores.of(widgets).list(), [widget('w1', 3)]);
    assert.equal(context.clock.now(), bench.clock.now());
  });

  it('lists and watches what has the labels, where it is told so', async () => {
    await start({ caches: [cache({ resource: widgets }), cache({ resource: pods, labelSelector: 'app=x' })] });
    const list = await bench.inbox.next(`GET ${podsPath}`);
    assert.equal(list.query.get('labelSelector'), 'app=x');
    list.reply(200, podList(9, []));
    assert.equal((await bench.inbox.next(`WATCH ${podsPath}`)).query.get('labelSelector'), 'app=x');
  });

  it('holds of its objects what is told to keep', async () => {
    const project = ({ spec: _, ...rest }: Pod): Pod => rest;
    await start({ caches: [cache({ resource: widgets }), cache({ resource: pods, project })] });
    bench.list(widgetsPath);
    bench.list(podsPath, podOf('w1', 'p', 5));
    const { context } = await reconciles.next();
    context.stores.of(pods).apply(podOf('w1', 'own', 10));
    assert.deepEqual(context.stores.of(pods).list(), [pod('p', 5), pod('own', 10)]);
  });

  it('looks at the chosen namespaces only, and plans nothing before each has been listed', async () => {
    const clusterScoped = { ...widgets, namespaced: false };
    await start({
      namespaces: ['default', 'shop'],
      caches: [cache({ resource: clusterScoped }), cache({ resource: pods })],
    });
    const path = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;
    bench.list(widgetsPath);
    bench.list(path('default'), pod('a', 3));
    await bench.inbox.next(`WATCH ${path('default')}`);
    await bench.inbox.next(`WATCH ${widgetsPath}`);
    await turn();
    assert.deepEqual([reconciles.waiting, bench.manager.isSynced], [[], false]);
    const { metadata, ...rest } = pod('a', 4);
    bench.list(path('shop'), { ...rest, metadata: { ...metadata, namespace: 'shop' } });
    assert.deepEqual(await reconciles.finish(2), ['pod default/a', 'pod shop/a']);
    await bench.inbox.next(`WATCH ${path('shop')}`);
    assert.deepEqual([...bench.inbox.requests].sort(), [
      ...[path('default'), path('shop'), widgetsPath].map((each) => `GET ${each}`),
      ...[path('default'), path('shop'), widgetsPath].map((each) => `WATCH ${each}`),
    ]);
  });

  it('lists a namespace again by itself', async () => {
    await start({ namespaces: ['default', 'shop'], caches: [cache({ resource: widgets }), cache({ resource: pods })] });
    const path = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;
    bench.list(path('default'), pod('a', 3));
    const { metadata, ...rest } = pod('b', 4);
    bench.list(path('shop'), { ...rest, metadata: { ...metadata, namespace: 'shop' } });
    await bench.inbox.next(`WATCH ${path('default')}`);
    (await bench.inbox.next(`WATCH ${path('shop')}`)).reply(410, failure(410, 'Expired'));
    await bench.clock.elapse(1000);
    bench.list(path('shop'));
    await bench.inbox.next(`WATCH ${path('shop')}`);
    assert.deepEqual(bench.manager.stores.of(pods).list(), [pod('a', 3)]);
    assert.equal(bench.inbox.requests.filter((request) => request === `GET ${path('default')}`).length, 1);
    assert.equal(bench.log.lines[0]?.fields['namespace'], 'shop');
  });

  it('cannot work when a controller watches what it does not hold', async () => {
    await start({ caches: [cache({ resource: widgets })] });
    bench.list(widgetsPath);
    await assert.rejects(bench.running, /Nothing watches \/pods/);
  });

  const changes: Record<string, { readonly change: (podsWatch: Received) => Promise<void>; readonly want: string[] }> =
    {
      'that appears concerns its widget': {
        change: (podsWatch) => podsWatch.event('ADDED', podOf('w1', 'new', 10)),
        want: ['pod default/new', 'widget default/w1'],
      },
      'that changes hands concerns its old widget and its new one': {
        change: (podsWatch) => podsWatch.event('MODIFIED', podOf('w2', 'p', 10)),
        want: ['pod default/p', 'widget default/w1', 'widget default/w2'],
      },
      'that goes concerns the widget it was of': {
        change: (podsWatch) => podsWatch.event('DELETED', podOf('w1', 'p', 10)),
        want: ['pod default/p', 'widget default/w1'],
      },
      'that is of no widget any more concerns the one it was of': {
        change: (podsWatch) => podsWatch.event('MODIFIED', pod('p', 10)),
        want: ['pod default/p', 'widget default/w1'],
      },
    };
  for (const [sentence, { change, want }] of Object.entries(changes)) {
    it(`plans again: a pod ${sentence}`, async () => {
      const { podsWatch } = await settle({ pods: [podOf('w1', 'p', 3)] });
      await change(podsWatch);
      assert.deepEqual(await reconciles.finish(want.length), want);
      await turn();
      assert.deepEqual(reconciles.waiting, []);
    });
  }

  it('plans again: a widget that changes, and one that goes', async () => {
    const { widgetsWatch } = await settle({ widgets: [widget('w1', 3), widget('w2', 4)] });
    await widgetsWatch.event('MODIFIED', widget('w1', 10));
    await widgetsWatch.event('DELETED', widget('w2', 11));
    assert.deepEqual(await reconciles.finish(2), ['widget default/w1', 'widget default/w2']);
  });

  it('works on a key once at a time: a change meanwhile comes afterwards', async () => {
    const { widgetsWatch } = await settle({ widgets: [widget('w1', 3)] });
    await widgetsWatch.event('MODIFIED', widget('w1', 10));
    const first = await reconciles.next();
    await widgetsWatch.event('MODIFIED', widget('w1', 11));
    await widgetsWatch.event('ADDED', widget('w2', 12));
    assert.deepEqual(await reconciles.finish(1), ['widget default/w2']);
    assert.deepEqual(reconciles.waiting, []);
    first.done();
    assert.deepEqual(await reconciles.finish(1), ['widget default/w1']);
  });

  it('works on as many keys of a controller at once as it may', async () => {
    await start({ concurrency: 2 });
    bench.list(widgetsPath, widget('w1', 3), widget('w2', 4), widget('w3', 5));
    bench.list(podsPath);
    const [first] = [await reconciles.next(), await reconciles.next()];
    await turn();
    assert.deepEqual(reconciles.waiting, []);
    first.done();
    assert.equal((await reconciles.next()).key, 'default/w3');
  });

  describe('after a reconcile', () => {
    /** The next reconcile of the only widget. */
    async function begin(): Promise<Awaited<ReturnType<Reconciles['next']>>> {
      await start();
      bench.list(widgetsPath, widget('w', 3));
      bench.list(podsPath);
      return reconciles.next();
    }

    const counted = (result: string): number | undefined =>
      bench.meter.value(kubeMetrics.reconcileSeconds, { controller: 'widget', result });

    it('that failed, tries again after a delay that doubles, and says once why', async () => {
      let begun = await begin();
      const error = new Error('the API server is down');
      for (const delayMs of [100, 200, 400]) {
        begun.fails(error);
        await bench.clock.waiting(delayMs);
        bench.clock.advance(delayMs - 1);
        await turn();
        assert.deepEqual(reconciles.waiting, []);
        bench.clock.advance(1);
        begun = await reconciles.next();
      }
      const fields = { controller: 'widget', key: 'default/w' };
      const again = { level: 'debug', message: 'Reconcile failed again' };
      assert.deepEqual(bench.log.lines, [
        { level: 'error', message: 'Reconcile failed', fields: { ...fields, error, retryInMs: 100 } },
        ...[200, 400].map((retryInMs) => ({ ...again, fields: { ...fields, retryInMs, reason: error.message } })),
      ]);
      assert.equal(counted('error'), 3);
    });

    it('that failed, waits although the object changed meanwhile: that may be its own doing', async () => {
      const { context, fails } = await begin();
      context.stores.of(widgets).apply(widget('w', 10));
      fails(new Error('quota'));
      await bench.clock.waiting(100);
      await turn();
      assert.deepEqual(reconciles.waiting, []);
      bench.clock.advance(100);
      assert.equal((await reconciles.next()).key, 'default/w');
    });

    it('that went well, takes the next failure for the first one', async () => {
      (await begin()).fails(new Error('down'));
      await bench.clock.elapse(100);
      const { done } = await reconciles.next();
      done(bench.clock.now() + 5000);
      await bench.clock.elapse(5000);
      (await reconciles.next()).fails(new Error('down'));
      await bench.clock.elapse(100);
      assert.equal((await reconciles.next()).key, 'default/w');
      assert.equal(counted('success'), 1);
      assert.deepEqual(
        bench.log.lines.map(({ level }) => level),
        ['error', 'error'],
      );
    });

    it('that met a newer object, tries again and makes no noise', async () => {
      (await begin()).fails(conflict);
      await bench.clock.elapse(100);
      assert.equal((await reconciles.next()).key, 'default/w');
      assert.deepEqual(
        bench.log.lines.map(({ level, message }) => [level, message]),
        [['debug', 'Reconcile met a newer object']],
      );
      assert.deepEqual([counted('conflict'), counted('error')], [1, undefined]);
    });

    it('that failed with a status that waits for its time, tries again then and not after the whole delay', async () => {
      let begun = await begin();
      for (const delayMs of [100, 200, 400, 800, 1600]) {
        begun.fails(new Error('quota'));
        await bench.clock.elapse(delayMs);
        begun = await reconciles.next();
      }
      const { statuses, stores } = begun.context;
      const write = (count: number): Promise<number | undefined> => {
        const object = stores.of(widgets).get('default/w') ?? assert.fail('gone');
        return statuses.write({ resource: widgets, object, status: { count }, isUrgent: false });
      };
      bench.inbox.on('PUT /apis/example.com/v1/namespaces/default/widgets/w/status', accepts);
      await write(1);
      bench.clock.advance(300);
      await write(2);
      begun.fails(new Error('quota'));
      await bench.clock.elapse(700);
      assert.equal((await reconciles.next()).key, 'default/w');
    });

    it('that found a name taken, says so: that is no conflict that passes', async () => {
      (await begin()).fails(new ApiError(409, { reason: 'AlreadyExists' }));
      await bench.clock.waiting(100);
      assert.deepEqual(
        bench.log.lines.map(({ level }) => level),
        ['error'],
      );
    });

    it('looks again when it was told to', async () => {
      const { done } = await begin();
      done(bench.clock.now() + 5000);
      await bench.clock.waiting(5000);
      bench.clock.advance(4999);
      await turn();
      assert.deepEqual(reconciles.waiting, []);
      bench.clock.advance(1);
      assert.equal((await reconciles.next()).key, 'default/w');
      assert.deepEqual(bench.log.lines, []);
    });

    it('looks again at once when that time has come already', async () => {
      const { done } = await begin();
      done(bench.clock.now() - 1);
      assert.equal((await reconciles.next()).key, 'default/w');
    });

    it('does not look again without a reason', async () => {
      (await begin()).done();
      (await bench.inbox.next(`WATCH ${widgetsPath}`)).open();
      (await bench.inbox.next(`WATCH ${podsPath}`)).open();
      await turn();
      bench.clock.advance(24 * 3600_000);
      await turn();
      assert.deepEqual(reconciles.waiting, []);
    });
  });

  describe('told to stop', () => {
    it('finishes what is under way and begins nothing', async () => {
      await start({ concurrency: 1 });
      bench.list(widgetsPath, widget('w1', 3), widget('w2', 4));
      bench.list(podsPath);
      const { context, done } = await reconciles.next();
      let isOver = false;
      const over = bench.running.then(() => {
        isOver = true;
      });
      bench.stopping.abort();
      await turn();
      assert.deepEqual([isOver, context.signal.aborted], [false, false]);
      done();
      await over;
      assert.deepEqual(reconciles.waiting, []);
      assert.equal(context.signal.aborted, true, 'events could still be written');
    });

    it('writes what the last reconciles told', async () => {
      await start();
      bench.list(widgetsPath, widget('w', 3));
      bench.list(podsPath);
      const { context, done } = await reconciles.next();
      bench.stopping.abort();
      context.recorder.record(widget('w', 3), [{ type: 'Normal', reason: 'Made', action: 'Make', message: 'made' }]);
      done();
      const event = await bench.inbox.next('POST /apis/events.k8s.io/v1/namespaces/default/events');
      assert.equal((event.body as { reportingInstance: string }).reportingInstance, 'operator-1');
      accepts(event);
      await bench.running;
    });

    it('writes the statuses that wait for their time', async () => {
      const status = `${podsPath.replace('pods', 'namespaces/default/pods')}/p/status`;
      await start();
      bench.list(widgetsPath);
      bench.list(podsPath, pod('p', 3));
      const { context, done } = await reconciles.next();
      const write = (phase: string): Promise<number | undefined> => {
        const object = context.stores.of(pods).get('default/p') ?? assert.fail('gone');
        return context.statuses.write({ resource: pods, object, status: { phase }, isUrgent: false });
      };
      bench.inbox.on(`PUT ${status}`, accepts);
      await write('Pending');
      assert.notEqual(await write('Running'), undefined);
      bench.stopping.abort();
      done();
      const last = await bench.inbox.next(`PUT ${status}`);
      assert.deepEqual((last.body as Pod).status, { phase: 'Running' });
      accepts(last);
      await bench.running;
    });

    it('ends its watches', async () => {
      const watches = Object.values(await settle({}));
      bench.stopping.abort();
      await bench.running;
      await Promise.all(watches.map(({ closed }) => closed));
    });

    it('cuts off after half a second what will not end, without a word about it', async () => {
      await start();
      bench.list(widgetsPath, widget('w', 3));
      bench.list(podsPath);
      const { context, fails } = await reconciles.next();
      bench.stopping.abort();
      await bench.clock.elapse(500);
      assert.equal(context.signal.aborted, true);
      fails(new Error('aborted'));
      await bench.running;
      assert.deepEqual(bench.log.lines, []);
    });

    it('drops everything at once when its lifetime is over', async () => {
      await start();
      bench.list(widgetsPath, widget('w', 3));
      bench.list(podsPath);
      const { context, fails } = await reconciles.next();
      bench.lifetime.abort();
      assert.equal(context.signal.aborted, true);
      fails(new Error('aborted'));
      await bench.running;
      assert.deepEqual(bench.log.lines, []);
    });

    it('plans nothing when not everything was listed yet', async () => {
      await start();
      bench.list(widgetsPath, widget('w', 3));
      await bench.inbox.next(`WATCH ${widgetsPath}`);
      bench.stopping.abort();
      await bench.running;
      assert.deepEqual(reconciles.waiting, []);
    });
  });
});

describe('Stores', () => {
  const options = { clock: new FakeClock(), log: new RecordingLog(), meter: new RecordingMeter() };
  const podMetrics: Resource<KubeObject> = { ...pods, group: 'metrics.k8s.io', kind: 'PodMetrics' };

  it('finds the store of a resource, which group and plural tell apart', () => {
    const stores = new Stores();
    const ofPods = new Store({ resource: pods, ...options });
    const ofMetrics = new Store({ resource: podMetrics, ...options });
    stores.add(pods, ofPods);
    stores.add(podMetrics, ofMetrics);
    assert.equal(stores.of({ ...pods }), ofPods);
    assert.equal(stores.of(podMetrics), ofMetrics);
  });

  it('has no store of what nothing watches', () => {
    assert.equal(new Stores().find(pods), undefined);
    assert.throws(() => new Stores().of(pods), /Nothing watches \/pods/);
  });

  it('is synced when all of them are', () => {
    const stores = new Stores();
    const [ofPods, ofWidgets] = [
      new Store({ resource: pods, ...options }),
      new Store({ resource: widgets, ...options }),
    ];
    stores.add(pods, ofPods);
    stores.add(widgets, ofWidgets);
    assert.equal(stores.isSynced, false);
    ofPods.replace([], '5');
    assert.equal(stores.isSynced, false);
    ofWidgets.replace([], '5');
    assert.equal(stores.isSynced, true);
  });
});
