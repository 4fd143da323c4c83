import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { cache } from '../../src/kube/manager.ts';
import { writeStatus } from '../../src/kube/status.ts';
import { deepFreeze } from '../support/builders.ts';
import { refuses, replies, resets, type Answer } from '../support/inbox.ts';
import { pod, pods, type Pod } from '../support/kube-objects.ts';
import { startWalk, type Walk } from '../support/walk.ts';

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
  /** Whether something was written, or the error. */
  readonly want: boolean | object;
  readonly wantHeld: Pod;
}

describe('writeStatus', () => {
  let walk: Walk;

  beforeEach(async () => {
    walk = await startWalk([cache({ resource: pods })]);
    walk.stores.of(pods).apply(object);
  });

  afterEach(async () => {
    await walk.stop();
  });

  const write = (status: object): Promise<boolean> => writeStatus({ resource: pods, object }, status, walk.context);

  const cases: Record<string, Case> = {
    'asks for nothing when the status is what it was': {
      status: { phase: 'Pending' },
      exchange: [],
      want: false,
      wantHeld: object,
    },
    'writes a status that differs, and keeps the answer': {
      exchange: [[put, replies(200, written)]],
      want: true,
      wantHeld: written,
    },
    'writes the same status onto the newer object, when somebody has changed it': {
      exchange: [
        [put, conflict],
        [get, replies(200, newer)],
        [put, replies(200, written)],
      ],
      want: true,
      wantHeld: written,
    },
    'writes nothing onto another object of the same name': {
      exchange: [
        [put, conflict],
        [get, replies(200, another)],
      ],
      want: false,
      wantHeld: object,
    },
    'has nothing to write when the object goes while it looks for the newer one': {
      exchange: [
        [put, conflict],
        [get, refuses(404, 'NotFound')],
      ],
      want: false,
      wantHeld: object,
    },
    'has nothing to write when the object is gone': {
      exchange: [[put, refuses(404, 'NotFound')]],
      want: false,
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
    },
    'fails when it is refused': {
      exchange: [[put, refuses(422, 'Invalid')]],
      want: { name: 'ApiError', status: 422 },
      wantHeld: object,
    },
    'fails when its outcome is unknown: a status that was written meets the next look as a newer object': {
      exchange: [[put, resets]],
      want: { name: 'UnknownOutcomeError' },
      wantHeld: object,
    },
  };
  for (const [sentence, { status = running, exchange, want, wantHeld }] of Object.entries(cases)) {
    it(sentence, async () => {
      for (const [request, answer] of exchange) walk.inbox.on(request, answer);
      if (typeof want === 'object') await assert.rejects(write(status), want);
      else assert.equal(await write(status), want);
      assert.deepEqual(
        walk.inbox.requests,
        exchange.map(([request]) => request),
      );
      assert.deepEqual(walk.stores.of(pods).list(), [wantHeld]);
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
});
