import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { findServerFeatures, type ServerFeatures } from '../../src/kube/features.ts';
import { Inbox, refuses, replies, type Answer } from '../support/inbox.ts';
import { RecordingLog } from '../support/recording.ts';
import { startBench, type Bench } from '../support/transport.ts';

const asked = 'POST /api/v1/namespaces/shop/pods';

/** Answers with the pod that was sent, without the resources of the pod as a whole. */
const drops: Answer = (received) => {
  const { spec, ...rest } = received.body as { readonly spec: Readonly<Record<string, unknown>> };
  received.reply(201, { ...rest, spec: { ...spec, resources: undefined } });
};

const keeps: Answer = (received) => {
  received.reply(201, received.body);
};

describe('findServerFeatures', () => {
  let bench: Bench;
  let inbox: Inbox;
  const stopping = new AbortController();
  const log = new RecordingLog();

  beforeEach(async () => {
    bench = await startBench();
    inbox = new Inbox(bench.server);
  });

  afterEach(() => bench.stop());

  function find(signal = stopping.signal): Promise<ServerFeatures> {
    const { transport, clock } = bench;
    return findServerFeatures({ transport, clock, log, namespace: 'shop' }, signal);
  }

  it('finds pod-level resources where the server keeps them, and stores nothing', async () => {
    inbox.on(asked, keeps);
    assert.deepEqual(await find(), { podLevelResources: true });
    assert.equal(inbox.received[0]?.query.get('dryRun'), 'All');
  });

  it('finds none where the server drops them in silence', async () => {
    inbox.on(asked, drops);
    assert.deepEqual(await find(), { podLevelResources: false });
  });

  for (const [status, reason] of [
    [400, 'BadRequest'],
    [403, 'Forbidden'],
    [404, 'NotFound'],
    [422, 'Invalid'],
  ] as const) {
    it(`uses none where the answer is ${reason}, and says why`, async () => {
      inbox.on(asked, refuses(status, reason));
      assert.deepEqual(await find(), { podLevelResources: false });
      const { level, message } = log.lines.at(-1) ?? {};
      assert.deepEqual([level, message], ['warn', 'Server features not found, none are used']);
    });
  }

  it('uses none where a webhook is down, so that nothing waits for it', async () => {
    const message = 'Internal error occurred: failed calling webhook "pods.example.com": no endpoints available';
    inbox.on(asked, replies(500, { kind: 'Status', reason: 'InternalError', code: 500, message }));
    assert.deepEqual(await find(), { podLevelResources: false });
  });

  it('asks again when the server has no answer', async () => {
    inbox.on(asked, replies(500, {}), keeps);
    const found = find();
    await bench.clock.elapse(1000);
    assert.deepEqual(await found, { podLevelResources: true });
  });

  it('gives up when it is told to stop', async () => {
    const stop = new AbortController();
    stop.abort();
    assert.deepEqual(await find(stop.signal), { podLevelResources: false });
    assert.deepEqual(inbox.requests, []);
  });
});
