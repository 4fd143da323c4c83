import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { instantOf, type Instant } from '../../src/base/clock.ts';
import type { EventRecord } from '../../src/base/events.ts';
import type { Write } from '../../src/kube/writes/act.ts';
import { defineController, watch, type ControllerDefinition } from '../../src/kube/controller.ts';
import { cache } from '../../src/kube/manager.ts';
import { creates, createsOwned, deletes, patches, type DeclaredWrite } from '../../src/kube/writes/permissions.ts';
import { keyOf, type KubeObject } from '../../src/kube/resource.ts';
import { deepFreeze } from '../support/builders.ts';
import { accepts, refuses, replies, resets, type Answer } from '../support/inbox.ts';
import { pod, pods, widgetsOf } from '../support/kube-objects.ts';
import { startWalk, type Walk } from '../support/walk.ts';

/** Makes pods of the names in its spec. */
interface Widget extends KubeObject {
  readonly spec: { readonly make: readonly string[]; readonly wakeAtMs?: number };
  readonly status?: WidgetStatus;
}

interface WidgetStatus {
  readonly made: readonly string[];
  readonly refused: readonly string[];
}

interface World {
  readonly widget: Widget;
  readonly now: Instant;
  readonly held: readonly string[];
}

const widgets = widgetsOf<Widget>();

function widget(spec: Widget['spec'], rest: { metadata?: object; status?: WidgetStatus } = {}): Widget {
  const metadata = { name: 'w', namespace: 'default', uid: 'uid-w', resourceVersion: '3', ...rest.metadata };
  const status = rest.status && { status: rest.status };
  return deepFreeze({ apiVersion: 'example.com/v1', kind: 'Widget', metadata, spec, ...status });
}

function told(name: string): EventRecord {
  return { type: 'Normal', reason: 'Made', action: 'Make', message: `made ${name}` };
}

const owner = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'uid-w', blockOwnerDeletion: true };
const ownerReferences = [owner];

const definition: ControllerDefinition<Widget, World, WidgetStatus, string> = {
  name: 'widget',
  resource: widgets,
  watches: [watch(pods, (each) => [keyOf(each)])],
  writes: [createsOwned(pods)],
  observe: (object, stores, now) => ({ widget: object, now, held: stores.of(pods).list().map(keyOf) }),
  plan: ({ widget: { spec, status } }) => ({
    steps: spec.make,
    status: status ?? { made: [], refused: [] },
    events: [],
    ...(spec.wakeAtMs !== undefined && { wakeAtMs: spec.wakeAtMs }),
  }),
  render: (name) => ({
    verb: 'create',
    resource: pods,
    namespace: 'default',
    body: { metadata: { name, ownerReferences } },
  }),
  conclude: (_world, plan, { done, failed }) => {
    if (plan.steps.length === 0) return plan;
    const status = { made: done, refused: failed.map(({ step, message }) => `${step}: ${message}`) };
    return { status, events: done.map(told) };
  },
};

const noWorld: World = { widget: widget({ make: [] }), now: instantOf(0), held: [] };
const at = { namespace: 'default', name: 'a' };
/** An owner that may go before what it owns takes no right to its finalizers. */
const owners = [{ uid: 'uid-w', blockOwnerDeletion: false }, { uid: 'uid-x' }];
const body = { metadata: { name: 'a', ownerReferences: owners } };
const createsPlain: Write = { verb: 'create', resource: pods, namespace: 'default', body };
const patchesPod: Write = { verb: 'patch', resource: pods, at, body: { metadata: { resourceVersion: '1' } } };
const deletesPod: Write = { verb: 'delete', resource: pods, at, uid: 'uid-a' };

const post = 'POST /api/v1/namespaces/default/pods';
const put = 'PUT /apis/example.com/v1/namespaces/default/widgets/w/status';
const tell = 'POST /apis/events.k8s.io/v1/namespaces/default/events';
const key = 'default/w';

describe('A controller', () => {
  let walk: Walk;

  beforeEach(async () => {
    walk = await startWalk([cache({ resource: widgets }), cache({ resource: pods })], accepts);
  });

  afterEach(async () => {
    await walk.stop();
  });

  /** One reconcile of the widget, if there is one, by the definition, some parts of which may be others. */
  function reconcile(object?: Widget, parts: Partial<typeof definition> = {}): Promise<number | undefined> {
    if (object) walk.stores.of(widgets).apply(object);
    return defineController({ ...definition, ...parts }).reconcile(key, walk.context);
  }

  /** The status that was written. */
  function written(): WidgetStatus | undefined {
    const [body] = walk.inbox.bodies(put) as readonly Widget[];
    return body?.status;
  }

  const noParts = {
    observe: () => assert.fail('observed'),
    plan: () => assert.fail('planned'),
  };

  it('does nothing about an object that is gone', async () => {
    assert.equal(await reconcile(undefined, noParts), undefined);
    assert.deepEqual(walk.inbox.requests, []);
  });

  it('does nothing about an object that is being deleted', async () => {
    const leaving = widget({ make: ['a'] }, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
    assert.equal(await reconcile(leaving, noParts), undefined);
    assert.deepEqual(walk.inbox.requests, []);
  });

  it('asks for nothing when there is nothing to do and the status is what it was', async () => {
    await reconcile(widget({ make: [] }, { status: { made: ['a'], refused: [] } }));
    assert.deepEqual([walk.inbox.requests, walk.log.lines], [[], []]);
  });

  it('acts, then writes the status, then tells what happened', async () => {
    const events = [walk.inbox.next(tell), walk.inbox.next(tell), walk.inbox.next(tell)];
    await reconcile(widget({ make: ['a', 'b', 'c'] }));
    for (const event of events) accepts(await event);
    assert.deepEqual(walk.inbox.requests, [post, post, post, put, tell, tell, tell]);
    assert.deepEqual(written(), { made: ['a', 'b', 'c'], refused: [] });
    const notes = walk.inbox.bodies(tell).map((body) => (body as { note: string }).note);
    assert.deepEqual(notes, ['made a', 'made b', 'made c']);
  });

  it('does not do what breaks a promise, does the rest, writes the status, and fails', async () => {
    const violations = () => [{ invariant: 'fewPods', message: 'No second pod.', steps: ['b'] }];
    const promises = { invariants: ['fewPods'], violations };
    await assert.rejects(
      reconcile(widget({ make: ['a', 'b', 'c'] }), { promises }),
      /^BrokenPromiseError: No second pod/,
    );
    assert.deepEqual(written(), { made: ['a', 'c'], refused: [] });
  });

  it('writes no status before the last step is answered', async () => {
    walk.inbox.on(post, accepts, accepts);
    const last = walk.inbox.next(post);
    const reconciled = reconcile(widget({ make: ['a', 'b', 'c'] }));
    const received = await last;
    await walk.client.get(pods, { namespace: 'default', name: 'barrier' });
    assert.deepEqual(walk.inbox.requests, [post, post, post, 'GET /api/v1/namespaces/default/pods/barrier']);
    accepts(received);
    await reconciled;
    assert.equal(walk.inbox.requests[4], put);
  });

  it('keeps what it learned: the objects it made and its own status', async () => {
    await reconcile(widget({ make: ['a', 'b'] }));
    assert.deepEqual(walk.stores.of(pods).list().map(keyOf), ['default/a', 'default/b']);
    assert.deepEqual(walk.stores.of(widgets).get(key)?.status, { made: ['a', 'b'], refused: [] });
  });

  it('observes the object and the stores as they are at that instant', async () => {
    const worlds: World[] = [];
    walk.stores.of(pods).apply(pod('x', 1));
    walk.clock.advance(1500);
    const object = widget({ make: [] });
    await reconcile(object, {
      plan: (world) => {
        worlds.push(world);
        return definition.plan(world);
      },
    });
    const now = instantOf(Date.UTC(2026, 0, 1) + 1500);
    assert.deepEqual(worlds, [{ widget: object, now, held: ['default/x'] }]);
  });

  it('returns when to look again, if there is a time for that', async () => {
    assert.equal(await reconcile(widget({ make: [], wakeAtMs: 12_345 })), 12_345);
    assert.equal(await reconcile(widget({ make: [] }, { metadata: { resourceVersion: '2000' } })), undefined);
  });

  describe('when a step fails', () => {
    const quota = { name: 'ApiError', status: 403 };

    it('writes and tells what was done, and fails with the reason', async () => {
      const event = walk.inbox.next(tell);
      walk.inbox.on(post, accepts, refuses(403, 'Forbidden'), refuses(403, 'Forbidden'));
      await assert.rejects(reconcile(widget({ make: ['a', 'b', 'c', 'd'] })), quota);
      accepts(await event);
      assert.deepEqual(walk.inbox.requests, [post, post, post, put, tell]);
      assert.deepEqual(written(), { made: ['a'], refused: ['b: Forbidden', 'c: Forbidden'] });
    });

    it('concludes nothing about the steps it did not come to', async () => {
      walk.inbox.on(post, refuses(403, 'Forbidden'));
      await assert.rejects(reconcile(widget({ make: ['a', 'b'] })), quota);
      assert.deepEqual(written(), { made: [], refused: ['a: Forbidden'] });
    });

    it('fails with the first reason, when there are several', async () => {
      walk.inbox.on(post, accepts);
      const answers = [walk.inbox.next(post), walk.inbox.next(post)];
      const failing = assert.rejects(reconcile(widget({ make: ['a', 'b', 'c'] })), quota);
      const [first, second] = await Promise.all(answers);
      const nameOf = (body: unknown): string => (body as KubeObject).metadata.name;
      const [b, c] = nameOf(first?.body) === 'b' ? [first, second] : [second, first];
      if (c) refuses(422, 'Invalid')(c);
      if (b) refuses(403, 'Forbidden')(b);
      await failing;
    });

    it('takes a step that cannot be rendered for a failed one', async () => {
      const render = (name: string): ReturnType<typeof definition.render> => {
        if (name === 'a') throw new Error('a bug');
        return definition.render(name, noWorld);
      };
      await assert.rejects(reconcile(widget({ make: ['a'] }), { render }), { message: 'a bug' });
      assert.deepEqual(written(), { made: [], refused: ['a: a bug'] });
    });
  });

  describe('after a write of unknown outcome', () => {
    const made = (name: string): string => `GET /api/v1/namespaces/default/pods/${name}`;
    const unreadable = { name: 'ApiError', status: 403 };
    const lost: readonly (readonly [string, Answer])[] = [
      [post, resets],
      [made('a'), resets],
    ];

    /** A reconcile whose create of `a` got no answer, nor did the read that was to tell. */
    async function loseAnswers(): Promise<void> {
      for (const [request, answer] of lost) walk.inbox.on(request, answer);
      await assert.rejects(reconcile(widget({ make: ['a'] })), { name: 'UnsettledError' });
    }

    it('tells that it is not known, and claims nothing', async () => {
      await loseAnswers();
      assert.deepEqual(written(), { made: [], refused: ['a: Outcome unknown, and Pod a could not be read'] });
    });

    it('plans nothing until a live read has told what became of it', async () => {
      await loseAnswers();
      for (let times = 0; times < 2; times++) {
        walk.inbox.on(made('a'), refuses(403, 'Forbidden'));
        await assert.rejects(reconcile(undefined, noParts), unreadable);
      }
      const worlds: World[] = [];
      walk.inbox.on(
        made('a'),
        replies(200, { ...pod('a', 5), metadata: { ...pod('a', 5).metadata, ownerReferences } }),
      );
      const plan: typeof definition.plan = (world) => {
        worlds.push(world);
        return { steps: [], status: { made: ['a'], refused: [] }, events: [] };
      };
      await reconcile(undefined, { plan });
      assert.deepEqual(
        worlds.map(({ held }) => held),
        [['default/a']],
      );
    });

    it('reads it once: what is settled is settled', async () => {
      await loseAnswers();
      walk.inbox.on(made('a'), refuses(404, 'NotFound'));
      const done = { plan: () => ({ steps: [], status: { made: [], refused: [] }, events: [] }) };
      await reconcile(undefined, done);
      const asked = walk.inbox.requests.filter((request) => request === made('a')).length;
      await reconcile(undefined, done);
      assert.equal(walk.inbox.requests.filter((request) => request === made('a')).length, asked);
    });

    it('reads everything that is unsettled, and what was read is not read again after a failure', async () => {
      walk.inbox.on(post, accepts, resets, resets);
      walk.inbox.on(made('b'), resets, replies(200, pod('b', 5)));
      walk.inbox.on(made('c'), resets, refuses(403, 'Forbidden'), replies(200, pod('c', 6)));
      await assert.rejects(reconcile(widget({ make: ['a', 'b', 'c'] })), { name: 'UnsettledError' });
      await assert.rejects(reconcile(undefined, noParts), unreadable);
      await reconcile(undefined, { plan: () => ({ steps: [], status: { made: [], refused: [] }, events: [] }) });
      const read = walk.inbox.requests.filter((request) => request.startsWith('GET'));
      assert.deepEqual(read.slice(2).sort(), [made('b'), made('c'), made('c')]);
    });

    it('leaves other keys alone', async () => {
      await loseAnswers();
      const other = widget({ make: [] }, { metadata: { name: 'v', uid: 'uid-v' }, status: { made: [], refused: [] } });
      walk.stores.of(widgets).apply(other);
      await defineController(definition).reconcile('default/v', walk.context);
      assert.equal(walk.inbox.requests.filter((request) => request === made('a')).length, 1);
    });
  });

  describe('whose writes are declared', () => {
    const refusals: Record<string, { readonly writes: readonly DeclaredWrite[]; readonly render?: Write }> = {
      'creates(pods)': { writes: [patches(pods), deletes(pods), creates(widgets)], render: createsPlain },
      'createsOwned(pods)': { writes: [creates(pods), createsOwned(widgets)] },
      'patches(pods)': { writes: [createsOwned(pods), deletes(pods), patches(widgets)], render: patchesPod },
      'deletes(pods)': { writes: [createsOwned(pods), patches(pods), deletes(widgets)], render: deletesPod },
    };

    for (const [missing, { writes, render = definition.render('a', noWorld) }] of Object.entries(refusals)) {
      it(`asks for nothing that is not: ${missing}`, async () => {
        const message = `The controller widget does not declare ${missing} among its writes`;
        const reconciling = reconcile(widget({ make: ['a'] }), { writes, render: () => render });
        await assert.rejects(reconciling, { name: 'UndeclaredWriteError', message });
        assert.deepEqual(walk.inbox.requests, [put]);
        assert.deepEqual(written(), { made: [], refused: [`a: ${message}`] });
      });
    }

    for (const [declared, write] of [
      [creates(pods), createsPlain],
      [createsOwned(pods), createsPlain],
      [patches(pods), patchesPod],
      [deletes(pods), deletesPod],
    ] as const) {
      it(`may ${declared.verb} what it says it does${declared.blocksOwner ? ', owned or not' : ''}`, async () => {
        await reconcile(widget({ make: ['a'] }), { writes: [declared], render: () => write });
        assert.deepEqual(written(), { made: ['a'], refused: [] });
      });
    }
  });

  describe('when its status cannot be written', () => {
    it('fails, though its steps are done and told', async () => {
      const event = walk.inbox.next(tell);
      walk.inbox.on(put, refuses(403, 'Forbidden'));
      await assert.rejects(reconcile(widget({ make: ['a'] })), { name: 'ApiError', status: 403 });
      accepts(await event);
      assert.deepEqual(walk.inbox.requests, [post, put, tell]);
      assert.deepEqual(walk.stores.of(pods).list().map(keyOf), ['default/a']);
    });

    it('plans on from that status, and writes it then', async () => {
      walk.inbox.on(put, refuses(403, 'Forbidden'));
      await assert.rejects(reconcile(widget({ make: ['a'] })), { status: 403 });
      await reconcile(widget({ make: [] }, { metadata: { resourceVersion: '4' } }));
      const bodies = walk.inbox.bodies(put) as readonly Widget[];
      assert.deepEqual(
        bodies.map(({ spec, status }) => [spec.make, status?.made]),
        [
          [['a'], ['a']],
          [[], ['a']],
        ],
      );
    });
  });

  describe('within a second of its last status', () => {
    let writtenAtMs: number;

    beforeEach(async () => {
      await reconcile(widget({ make: ['a'] }));
      writtenAtMs = walk.clock.now();
      walk.clock.advance(250);
    });

    /** One more reconcile that makes a pod, of the widget as it is stored by then. */
    function again(spec: Widget['spec'], parts: Partial<typeof definition> = {}): Promise<number | undefined> {
      const { status } = walk.stores.of(widgets).get(key) ?? assert.fail('gone');
      const metadata = { resourceVersion: `2000${String(walk.inbox.requests.length)}` };
      return reconcile(widget(spec, { metadata, ...(status && { status }) }), parts);
    }

    const writes = (): number => walk.inbox.bodies(put).length;

    it('keeps the next one, and looks again when it is due', async () => {
      assert.equal(await again({ make: ['b'] }), writtenAtMs + 1000);
      assert.equal(writes(), 1);
    });

    it('looks again when the plan says so, if that is sooner', async () => {
      assert.equal(await again({ make: ['b'], wakeAtMs: writtenAtMs + 999 }), writtenAtMs + 999);
      assert.equal(await again({ make: ['c'], wakeAtMs: writtenAtMs + 1001 }), writtenAtMs + 1000);
    });

    it('plans on from the status it keeps', async () => {
      await again({ make: ['b'] });
      const planned: unknown[] = [];
      await again(
        { make: [] },
        {
          plan: (world) => {
            planned.push(world.widget.status);
            return definition.plan(world);
          },
        },
      );
      assert.deepEqual(planned, [{ made: ['b'], refused: [] }]);
    });

    it('writes at once what it calls a state change from what is written', async () => {
      const compared: WidgetStatus[][] = [];
      const isStateChange = (before: WidgetStatus, after: WidgetStatus): boolean => {
        compared.push([before, after]);
        return after.made.includes('c');
      };
      await again({ make: ['b'] }, { isStateChange });
      await again({ make: ['c'] }, { isStateChange });
      const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ made: [name], refused: [] }));
      assert.deepEqual(compared, [
        [a, b],
        [a, c],
      ]);
      assert.equal(writes(), 2);
    });

    it('writes at once when a condition changes, whatever it declares', async () => {
      const conditions = [{ type: 'Ready', status: 'True', reason: 'Made', message: '' }];
      const conclude: typeof definition.conclude = () => ({
        status: { made: [], refused: [], conditions } as WidgetStatus,
        events: [],
      });
      await again({ make: [] }, { conclude, isStateChange: () => false });
      assert.equal(writes(), 2);
    });

    for (const gone of ['gone', 'being deleted']) {
      it(`forgets the status it keeps when the object is ${gone}`, async () => {
        await again({ make: ['b'] });
        const stored = walk.stores.of(widgets).get(key) ?? assert.fail('gone already');
        if (gone === 'gone') walk.stores.of(widgets).remove(stored);
        const metadata = { resourceVersion: '30000', deletionTimestamp: '2026-01-01T00:00:00Z' };
        await reconcile(gone === 'gone' ? undefined : widget({ make: [] }, { metadata }));
        assert.equal(walk.context.statuses.dueAtMs(widgets, key), undefined);
      });
    }
  });

  it('does nothing at all when it cannot observe or plan', async () => {
    const plan = (): never => {
      throw new Error('a bug');
    };
    await assert.rejects(reconcile(widget({ make: ['a'] }), { plan }), { message: 'a bug' });
    assert.deepEqual(walk.inbox.requests, []);
  });

  it('is known by its name, its kind, what it watches and what it writes', () => {
    const controller = defineController(definition);
    assert.deepEqual([controller.name, controller.resource], ['widget', widgets]);
    const keys = controller.watches.map(({ resource, keysOf }) => [resource, keysOf(pod('p', 1), walk.stores)]);
    assert.deepEqual(keys, [[pods, ['default/p']]]);
    assert.deepEqual(controller.writes, definition.writes);
  });
});
