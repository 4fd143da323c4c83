import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { actWithSlowStart, performWrite, type Write } from '../../../src/kube/writes/act.ts';
import { cache } from '../../../src/kube/manager.ts';
import type { KubeObject, Resource } from '../../../src/kube/resource.ts';
import { deepFreeze } from '../../support/builders.ts';
import { refuses, replies, resets, type Answer } from '../../support/inbox.ts';
import { pod, pods, type Pod } from '../../support/kube-objects.ts';
import { startWalk, type Walk } from '../../support/walk.ts';

describe('actWithSlowStart', () => {
  const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

  it('acts on one item, then on 2, 4, 8, 16 and 32 at once, and never on more', async () => {
    const batches: number[][] = [];
    let open: number[] | undefined;
    const { done } = await actWithSlowStart(numbers(100), async (item) => {
      if (!open) batches.push((open = []));
      open.push(item);
      await turn();
      open = undefined;
    });
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [1, 2, 4, 8, 16, 32, 32, 5],
    );
    assert.deepEqual(batches.flat(), numbers(100));
    assert.deepEqual(done, numbers(100));
  });

  it('does the rest of a batch in which one fails, and nothing after it', async () => {
    const error = new Error('quota');
    const outcome = await actWithSlowStart(numbers(20), async (item) => {
      if (item === 5) throw error;
    });
    assert.deepEqual(outcome, { done: [1, 2, 3, 4, 6, 7], failed: [{ item: 5, error }] });
  });

  it('asks once when the first is refused', async () => {
    const asked: number[] = [];
    await actWithSlowStart(numbers(500), async (item) => {
      asked.push(item);
      throw new Error('quota');
    });
    assert.deepEqual(asked, [1]);
  });

  it('takes what is thrown before any promise for a failure too', async () => {
    const error = new Error('a bug');
    const outcome = await actWithSlowStart([1], () => {
      throw error;
    });
    assert.deepEqual(outcome, { done: [], failed: [{ item: 1, error }] });
  });

  it('has nothing to do without items', async () => {
    assert.deepEqual(await actWithSlowStart([], () => assert.fail('was called')), { done: [], failed: [] });
  });

  it('leaves no item out and does none twice: done, failed and untouched are the items, in their order', async () => {
    const fails = fc.array(fc.oneof({ weight: 20, arbitrary: fc.constant(false) }, fc.boolean()), { maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(fails, fc.scheduler(), async (fates, scheduler) => {
        const asked: number[] = [];
        const acting = actWithSlowStart([...fates.keys()], async (item) => {
          asked.push(item);
          await scheduler.schedule(Promise.resolve());
          if (fates[item] === true) throw new Error('no');
        });
        await scheduler.waitIdle();
        const { done, failed } = await acting;
        const ends = [0, 1, 3, 7, 15, 31, 63, 95];
        const firstFailure = fates.indexOf(true);
        const touched = ends.find((end) => firstFailure < end && firstFailure >= 0) ?? fates.length;
        const want = [...fates.keys()].slice(0, touched);
        assert.deepEqual(asked, want);
        assert.deepEqual(
          done,
          want.filter((item) => fates[item] === false),
        );
        assert.deepEqual(
          failed.map(({ item }) => item),
          want.filter((item) => fates[item] === true),
        );
      }),
      { numRuns: 200 },
    );
  });
});

const collection = '/api/v1/namespaces/default/pods';
const item = `${collection}/a`;
const at = { namespace: 'default', name: 'a' };

/** `pod(name, version)`, with more in its metadata. */
function podWith(version: number, metadata: Partial<KubeObject['metadata']>): Pod {
  const plain = pod('a', version);
  return { ...plain, metadata: { ...plain.metadata, ...metadata } };
}

const ownerReference = (uid: string) => ({ apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid });
const ours = { ownerReferences: [ownerReference('other'), ownerReference('w1')] };
const theirs = { ownerReferences: [ownerReference('w2')] };
const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z' };
const anothers = { uid: 'uid-of-another' };

const creates: Write = deepFreeze({
  verb: 'create',
  resource: pods,
  namespace: 'default',
  body: { metadata: { name: 'a', ownerReferences: [ownerReference('w1')] }, spec: { nodeName: 'n1' } },
});
const createsOwnerless: Write = deepFreeze({ ...creates, body: { metadata: { name: 'a' } } });
const deletes: Write = deepFreeze({ verb: 'delete', resource: pods, at, uid: 'uid-a' });
const body = { metadata: { resourceVersion: '3' }, spec: { activeDeadlineSeconds: 1 } };
const patches: Write = deepFreeze({ verb: 'patch', resource: pods, at, body });

const isGone = replies(200, { kind: 'Status', status: 'Success' });
const unknownOutcome = { name: 'UnknownOutcomeError' };
const unsettled = { name: 'UnsettledError', message: 'Outcome unknown, and Pod a could not be read' };
const refused = (status: number, reason: string) => ({ name: 'ApiError', status, reason });

interface Case {
  readonly write: Write;
  /** Versions of the object in the store before; none when absent. */
  readonly held?: Pod;
  /** The requests made, in that order, and what is answered. */
  readonly exchange: readonly (readonly [request: string, answer: Answer])[];
  /** Absent when the write succeeds. */
  readonly wantError?: object;
  /** What the store holds afterwards; not looked at when absent. */
  readonly wantHeld?: readonly Pod[];
}

describe('performWrite', () => {
  let walk: Walk;

  beforeEach(async () => {
    walk = await startWalk([cache({ resource: pods })]);
  });

  afterEach(async () => {
    await walk.stop();
  });

  function check(cases: Record<string, Case>): void {
    for (const [sentence, { write, held, exchange, wantError, wantHeld }] of Object.entries(cases)) {
      it(sentence, async () => {
        const { inbox, stores, context } = walk;
        if (held) stores.of(pods).apply(held);
        for (const [request, answer] of exchange) inbox.on(request, answer);
        const writing = performWrite(write, context);
        if (wantError) await assert.rejects(writing, wantError);
        else await writing;
        assert.deepEqual(
          inbox.requests,
          exchange.map(([request]) => request),
        );
        if (wantHeld) assert.deepEqual(stores.of(pods).list(), wantHeld);
      });
    }
  }

  describe('creating', () => {
    const post = `POST ${collection}`;
    const exists = refuses(409, 'AlreadyExists');
    check({
      'keeps what the server made of it': {
        write: creates,
        exchange: [[post, replies(201, podWith(5, ours))]],
        wantHeld: [podWith(5, ours)],
      },
      'is done already when the name is taken by an object of the same owner, which is kept': {
        write: creates,
        exchange: [
          [post, exists],
          [`GET ${item}`, replies(200, podWith(4, ours))],
        ],
        wantHeld: [podWith(4, ours)],
      },
      'is done already when that object is on its way out, which the next plan has to know': {
        write: creates,
        exchange: [
          [post, exists],
          [`GET ${item}`, replies(200, podWith(4, { ...ours, ...leaving }))],
        ],
        wantHeld: [podWith(4, { ...ours, ...leaving })],
      },
      'fails when the name is taken by the object of another owner': {
        write: creates,
        exchange: [
          [post, exists],
          [`GET ${item}`, replies(200, podWith(4, theirs))],
        ],
        wantError: refused(409, 'AlreadyExists'),
      },
      'fails when the name is taken by an object without owner': {
        write: creates,
        exchange: [
          [post, exists],
          [`GET ${item}`, replies(200, pod('a', 4))],
        ],
        wantError: refused(409, 'AlreadyExists'),
      },
      'fails when what had the name is gone by now': {
        write: creates,
        exchange: [
          [post, exists],
          [`GET ${item}`, refuses(404, 'NotFound')],
        ],
        wantError: refused(409, 'AlreadyExists'),
        wantHeld: [],
      },
      'without an owner is done already when the name is taken by an object without owner': {
        write: createsOwnerless,
        exchange: [
          [post, exists],
          [`GET ${item}`, replies(200, pod('a', 4))],
        ],
        wantHeld: [pod('a', 4)],
      },
      'without an owner fails when what had the name is gone by now': {
        write: createsOwnerless,
        exchange: [
          [post, exists],
          [`GET ${item}`, refuses(404, 'NotFound')],
        ],
        wantError: refused(409, 'AlreadyExists'),
        wantHeld: [],
      },
      'without an owner fails when the name is taken by an object that has one': {
        write: createsOwnerless,
        exchange: [
          [post, exists],
          [`GET ${item}`, replies(200, podWith(4, theirs))],
        ],
        wantError: refused(409, 'AlreadyExists'),
      },
      'fails when it is refused, and reads nothing': {
        write: creates,
        exchange: [[post, refuses(403, 'Forbidden')]],
        wantError: refused(403, 'Forbidden'),
        wantHeld: [],
      },
      'fails on a conflict that is not about its name': {
        write: creates,
        exchange: [[post, refuses(409, 'Conflict')]],
        wantError: refused(409, 'Conflict'),
        wantHeld: [],
      },
      'of unknown outcome is done when it is found to be there': {
        write: creates,
        exchange: [
          [post, resets],
          [`GET ${item}`, replies(200, podWith(5, ours))],
        ],
        wantHeld: [podWith(5, ours)],
      },
      'of unknown outcome fails when its name is found to be that of an object of another owner': {
        write: creates,
        exchange: [
          [post, resets],
          [`GET ${item}`, replies(200, podWith(5, theirs))],
        ],
        wantError: unknownOutcome,
        wantHeld: [podWith(5, theirs)],
      },
      'of unknown outcome fails when nothing is found to be there': {
        write: creates,
        exchange: [
          [post, refuses(500, 'InternalError')],
          [`GET ${item}`, refuses(404, 'NotFound')],
        ],
        wantError: unknownOutcome,
        wantHeld: [],
      },
      'of unknown outcome is unsettled when nothing can be read either': {
        write: creates,
        exchange: [
          [post, resets],
          [`GET ${item}`, refuses(403, 'Forbidden')],
        ],
        wantError: unsettled,
        wantHeld: [],
      },
    });

    it('sends the object as it was rendered, named and owned', async () => {
      walk.inbox.on(post, replies(201, podWith(5, ours)));
      await performWrite(creates, walk.context);
      const { metadata } = creates.body;
      assert.deepEqual(walk.inbox.bodies(post), [
        { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: 'n1' } },
      ]);
    });

    it('also makes what nobody watches', async () => {
      const leases: Resource<KubeObject> = { ...pods, group: 'coordination.k8s.io', kind: 'Lease', plural: 'leases' };
      walk.inbox.on('POST /apis/coordination.k8s.io/v1/namespaces/default/leases', replies(201, pod('a', 5)));
      await performWrite({ ...creates, resource: leases }, walk.context);
      assert.deepEqual(walk.stores.of(pods).list(), []);
    });
  });

  describe('deleting', () => {
    const del = `DELETE ${item}`;
    check({
      'keeps the object, marked, while it is ending': {
        write: deletes,
        held: pod('a', 3),
        exchange: [[del, replies(200, podWith(5, leaving))]],
        wantHeld: [podWith(5, leaving)],
      },
      'forgets the object that is gone at once': {
        write: deletes,
        held: pod('a', 3),
        exchange: [[del, isGone]],
        wantHeld: [],
      },
      'minds not that it held nothing': {
        write: deletes,
        exchange: [[del, isGone]],
        wantHeld: [],
      },
      'is done already when there is no such object, which is forgotten': {
        write: deletes,
        held: pod('a', 3),
        exchange: [
          [del, refuses(404, 'NotFound')],
          [`GET ${item}`, refuses(404, 'NotFound')],
        ],
        wantHeld: [],
      },
      'is done already when the name is that of another object now, which is kept': {
        write: deletes,
        held: pod('a', 3),
        exchange: [
          [del, refuses(409, 'Conflict')],
          [`GET ${item}`, replies(200, podWith(6, anothers))],
        ],
        wantHeld: [podWith(6, anothers)],
      },
      'fails when it is refused, and reads nothing': {
        write: deletes,
        held: pod('a', 3),
        exchange: [[del, refuses(403, 'Forbidden')]],
        wantError: refused(403, 'Forbidden'),
        wantHeld: [pod('a', 3)],
      },
      'of unknown outcome is done when the object is found to be ending': {
        write: deletes,
        held: pod('a', 3),
        exchange: [
          [del, resets],
          [`GET ${item}`, replies(200, podWith(5, leaving))],
        ],
        wantHeld: [podWith(5, leaving)],
      },
      'of unknown outcome is done when the object is found to be gone': {
        write: deletes,
        held: pod('a', 3),
        exchange: [
          [del, refuses(504, 'Timeout')],
          [`GET ${item}`, refuses(404, 'NotFound')],
        ],
        wantHeld: [],
      },
      'of unknown outcome is done when the name is found to be that of another object': {
        write: deletes,
        held: pod('a', 3),
        exchange: [
          [del, resets],
          [`GET ${item}`, replies(200, podWith(6, anothers))],
        ],
        wantHeld: [podWith(6, anothers)],
      },
      'of unknown outcome fails when the object is found as it was': {
        write: deletes,
        held: pod('a', 3),
        exchange: [
          [del, resets],
          [`GET ${item}`, replies(200, pod('a', 3))],
        ],
        wantError: unknownOutcome,
        wantHeld: [pod('a', 3)],
      },
      'of unknown outcome is unsettled when nothing can be read either': {
        write: deletes,
        held: pod('a', 3),
        exchange: [
          [del, resets],
          [`GET ${item}`, resets],
        ],
        wantError: unsettled,
        wantHeld: [pod('a', 3)],
      },
    });

    it('keeps no managedFields', async () => {
      const { metadata, ...rest } = podWith(5, leaving);
      walk.inbox.on(del, replies(200, { ...rest, metadata: { ...metadata, managedFields: [] } }));
      await performWrite(deletes, walk.context);
      assert.deepEqual(walk.stores.of(pods).list(), [podWith(5, leaving)]);
    });

    const meanwhile: Record<string, readonly (readonly [request: string, answer: Answer])[]> = {
      'was gone at once': [[del, isGone]],
      'was gone before': [
        [del, refuses(404, 'NotFound')],
        [`GET ${item}`, refuses(404, 'NotFound')],
      ],
    };
    for (const [sentence, exchange] of Object.entries(meanwhile)) {
      it(`leaves alone what came by watch under the name of an object that ${sentence}`, async () => {
        const { inbox, stores, context } = walk;
        stores.of(pods).apply(pod('a', 3));
        for (const [index, [request, answer]] of exchange.entries()) {
          inbox.on(request, (received) => {
            if (index === exchange.length - 1) stores.of(pods).apply(podWith(9, anothers));
            answer(received);
          });
        }
        await performWrite(deletes, context);
        assert.deepEqual(stores.of(pods).list(), [podWith(9, anothers)]);
      });
    }

    it('means the object with that uid and no other', async () => {
      walk.inbox.on(del, isGone);
      await performWrite(deletes, walk.context);
      assert.deepEqual(walk.inbox.bodies(del), [
        { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'uid-a' } },
      ]);
    });

    it('means it at one version alone, where it says so', async () => {
      walk.inbox.on(del, isGone);
      await performWrite({ ...deletes, resourceVersion: '3' }, walk.context);
      assert.deepEqual(walk.inbox.bodies(del), [
        { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'uid-a', resourceVersion: '3' } },
      ]);
    });
  });

  describe('patching', () => {
    const patch = `PATCH ${item}`;
    check({
      'keeps what came of it': {
        write: patches,
        held: pod('a', 3),
        exchange: [[patch, replies(200, podWith(5, ours))]],
        wantHeld: [podWith(5, ours)],
      },
      'fails when the object has changed, and reads nothing: the watch brings the newer one': {
        write: patches,
        held: pod('a', 3),
        exchange: [[patch, refuses(409, 'Conflict')]],
        wantError: refused(409, 'Conflict'),
        wantHeld: [pod('a', 3)],
      },
      'has nothing to do when the object is gone, which is forgotten': {
        write: patches,
        held: pod('a', 3),
        exchange: [
          [patch, refuses(404, 'NotFound')],
          [`GET ${item}`, refuses(404, 'NotFound')],
        ],
        wantHeld: [],
      },
      'of unknown outcome is done when the object is found to be gone': {
        write: patches,
        held: pod('a', 3),
        exchange: [
          [patch, resets],
          [`GET ${item}`, refuses(404, 'NotFound')],
        ],
        wantHeld: [],
      },
      'of unknown outcome fails when there is an object, for whoever may have changed it': {
        write: patches,
        held: pod('a', 3),
        exchange: [
          [patch, resets],
          [`GET ${item}`, replies(200, pod('a', 5))],
        ],
        wantError: unknownOutcome,
        wantHeld: [pod('a', 5)],
      },
    });

    it('merges into the version it was planned for and no other', async () => {
      walk.inbox.on(patch, replies(200, pod('a', 5)));
      await performWrite(patches, walk.context);
      assert.deepEqual(walk.inbox.bodies(patch), [body]);
      assert.equal(walk.inbox.received[0]?.headers['content-type'], 'application/merge-patch+json');
    });
  });
});
