import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { cache } from '../../../src/kube/manager.ts';
import { deepFreeze } from '../../support/builders.ts';
import { refuses, replies, resets, type Answer } from '../../support/inbox.ts';
import { pod, pods, type Pod } from '../../support/kube-objects.ts';
import { startWalk, type Walk } from '../../support/walk.ts';

const path = '/api/v1/namespaces/default/pods/a';
const put = `PUT ${path}/status`;
const get = `GET ${path}`;
const running = { phase: 'Running' };

/** The object as it is when a status is planned for it. */
const object = deepFreeze(pod('a', 3, { spec: { nodeName: 'n1' }, status: { phase: 'Pending' } }));
/** The same after somebody changed its spec. */
const newer = deepFreeze(pod('a', 5, { spec: { nodeName: 'n2' }, status: { phase: 'Pending' } }));
const another = deepFreeze({ ...newer, metadata: { ...newer.metadata, uid: 'uid-of-another' } });
const written = deepFreeze(pod('a', 9, { spec: { nodeName: 'n2' }, status: running }));

const conflict = refuses(409, 'Conflict');

interface Case {
  readonly status?: object;
  /** The requests made, in that order, and what is answered. */
  readonly exchange: readonly (readonly [request: string, answer: Answer])[];
  /** The error it fails with, if it does. */
  readonly want?: object;
  readonly wantHeld: Pod;
  /** Whether the status is still to be written. */
  readonly wantPending?: boolean;
}

describe('StatusWriter', () => {
  let walk: Walk;

  beforeEach(async () => {
    walk = await startWalk([cache({ resource: pods })]);
    walk.stores.of(pods).apply(object);
  });

  afterEach(async () => {
    await walk.stop();
  });

  /** Writes for the object as it is stored. */
  function write(status: object, isUrgent = false): Promise<number | undefined> {
    const stored = walk.stores.of(pods).get('default/a') ?? object;
    return walk.context.statuses.write({ resource: pods, object: stored, status, isUrgent });
  }

  const overlay = (stored: Pod): Pod => walk.context.statuses.overlay(pods, stored);
  const isPending = (): boolean => walk.context.statuses.dueAtMs(pods, 'default/a') !== undefined;

  const cases: Record<string, Case> = {
    'asks for nothing when the status is what it was': {
      status: { phase: 'Pending' },
      exchange: [],
      wantHeld: object,
    },
    'writes a status that differs, and keeps the answer': {
      exchange: [[put, replies(200, written)]],
      wantHeld: written,
    },
    'writes the same status onto the newer object, when somebody has changed it': {
      exchange: [
        [put, conflict],
        [get, replies(200, newer)],
        [put, replies(200, written)],
      ],
      wantHeld: written,
    },
    'writes nothing onto another object of the same name': {
      exchange: [
        [put, conflict],
        [get, replies(200, another)],
      ],
      wantHeld: object,
    },
    'has nothing to write when the object goes while it looks for the newer one': {
      exchange: [
        [put, conflict],
        [get, refuses(404, 'NotFound')],
      ],
      wantHeld: object,
    },
    'has nothing to write when the object is gone': {
      exchange: [[put, refuses(404, 'NotFound')]],
      wantHeld: object,
    },
    'gives up after four conflicts': {
      exchange: [
        [put, conflict],
        [get, replies(200, newer)],
        [put, conflict],
        [get, replies(200, newer)],
        [put, conflict],
        [get, replies(200, newer)],
        [put, conflict],
      ],
      want: { name: 'ApiError', status: 409 },
      wantHeld: newer,
      wantPending: true,
    },
    'fails when it is refused': {
      exchange: [[put, refuses(422, 'Invalid')]],
      want: { name: 'ApiError', status: 422 },
      wantHeld: object,
      wantPending: true,
    },
    'fails when its outcome is unknown: a status that was written meets the next look as a newer object': {
      exchange: [[put, resets]],
      want: { name: 'UnknownOutcomeError' },
      wantHeld: object,
      wantPending: true,
    },
  };
  for (const [sentence, { status = running, exchange, want, wantHeld, wantPending = false }] of Object.entries(cases)) {
    it(sentence, async () => {
      for (const [request, answer] of exchange) walk.inbox.on(request, answer);
      if (want) await assert.rejects(write(status), want);
      else assert.equal(await write(status), undefined);
      assert.deepEqual(
        walk.inbox.requests,
        exchange.map(([request]) => request),
      );
      assert.deepEqual(walk.stores.of(pods).list(), [wantHeld]);
      assert.equal(isPending(), wantPending);
    });
  }

  it('sends the whole object with its resourceVersion, first the one it knows, then the newer one', async () => {
    walk.inbox.on(put, conflict, replies(200, written));
    walk.inbox.on(get, replies(200, newer));
    await write(running);
    assert.deepEqual(walk.inbox.bodies(put), [
      { ...object, status: running },
      { ...newer, status: running },
    ]);
  });

  describe('within a second of the last write', () => {
    const succeeded = { phase: 'Succeeded' };
    const failed = { phase: 'Failed' };
    let writtenAtMs: number;

    beforeEach(async () => {
      walk.inbox.on(put, replies(200, written));
      await write(running);
      writtenAtMs = walk.clock.now();
      walk.clock.advance(400);
    });

    const statuses = (): unknown[] => walk.inbox.bodies(put).map((body) => (body as Pod).status);
    const answers = (version: number, status: object): Answer => replies(200, pod('a', version, { status }));

    it('keeps the status, and says when it is due', async () => {
      assert.equal(await write(succeeded), writtenAtMs + 1000);
      assert.deepEqual(statuses(), [running]);
    });

    it('writes the last of several once it is due, and not before', async () => {
      await write(succeeded);
      walk.clock.advance(599);
      assert.equal(await write(failed), writtenAtMs + 1000);
      walk.clock.advance(1);
      walk.inbox.on(put, answers(10, failed));
      assert.equal(await write(failed), undefined);
      assert.deepEqual([statuses(), isPending()], [[running, failed], false]);
    });

    it('writes at once what is urgent, and counts from then', async () => {
      walk.inbox.on(put, answers(10, succeeded));
      assert.equal(await write(succeeded, true), undefined);
      assert.deepEqual([statuses(), isPending()], [[running, succeeded], false]);
      assert.equal(await write(failed), writtenAtMs + 1400);
    });

    it('writes nothing when the status is again what was written', async () => {
      await write(succeeded);
      assert.equal(await write(running), undefined);
      assert.deepEqual([overlay(written), isPending()], [written, false]);
      walk.clock.advance(1000);
      await walk.context.statuses.flush();
      assert.deepEqual(statuses(), [running]);
    });

    it('writes at once for another object, also for one of the same name', async () => {
      const metadata = { ...written.metadata, uid: 'uid-of-another', resourceVersion: '11' };
      walk.stores.of(pods).apply({ ...written, metadata });
      walk.inbox.on(put, replies(200, { ...written, metadata: { ...metadata, resourceVersion: '12' } }));
      assert.equal(await write(succeeded), undefined);
      assert.deepEqual(statuses(), [running, succeeded]);
    });

    it('lays the status that is pending over the stored object, also over a newer one', async () => {
      await write(succeeded);
      assert.deepEqual(overlay(written), { ...written, status: succeeded });
      assert.deepEqual(overlay(newer), { ...newer, status: succeeded });
      assert.deepEqual(overlay(another), another);
    });

    it('remembers nothing of an object that is gone', async () => {
      await write(succeeded);
      walk.context.statuses.forget(pods, 'default/a');
      assert.deepEqual([overlay(written), isPending()], [written, false]);
      walk.inbox.on(put, answers(10, succeeded));
      assert.equal(await write(succeeded), undefined);
    });

    it('writes at the end what is pending, and knows then that it is written', async () => {
      await write(succeeded);
      walk.inbox.on(put, conflict, answers(10, succeeded));
      walk.inbox.on(get, replies(200, { ...newer, status: running }));
      await walk.context.statuses.flush();
      await walk.context.statuses.flush();
      assert.deepEqual([statuses(), isPending()], [[running, succeeded, succeeded], false]);
    });

    it('writes nothing at the end of an object that is gone, or of another one of its name', async () => {
      await write(succeeded);
      walk.stores.of(pods).remove(written);
      await walk.context.statuses.flush();
      walk.stores.of(pods).apply({ ...another, metadata: { ...another.metadata, resourceVersion: '20' } });
      await walk.context.statuses.flush();
      assert.deepEqual(statuses(), [running]);
    });

    it('warns of what could not be written at the end', async () => {
      await write(succeeded);
      walk.inbox.on(put, refuses(403, 'Forbidden'));
      await walk.context.statuses.flush();
      assert.deepEqual(
        walk.log.lines.map(({ level, message, fields }) => [level, message, fields['key']]),
        [['warn', 'Status was not written', 'default/a']],
      );
    });

    it('says nothing of what there was no time for', async () => {
      await write(succeeded);
      const underWay = walk.inbox.next(put);
      const over = walk.context.statuses.flush();
      await underWay;
      walk.lifetime.abort();
      await over;
      assert.deepEqual(walk.log.lines, []);
    });
  });

  it('tries again at once after a failure: how long to wait then is for others to say', async () => {
    walk.inbox.on(put, refuses(503, 'ServiceUnavailable'), replies(200, written));
    await assert.rejects(write(running), { status: 503 });
    assert.deepEqual(overlay(object), { ...object, status: running });
    assert.equal(await write(running), undefined);
    assert.deepEqual(overlay(written), written);
  });
});
