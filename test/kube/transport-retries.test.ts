import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { kubeMetrics } from '../../src/kube/metrics.ts';
import type { KubeRequest } from '../../src/kube/transport.ts';
import { failure } from '../support/kube-objects.ts';
import { startBench, type Bench } from '../support/transport.ts';

const get: KubeRequest = { verb: 'get', resource: 'pods', path: '/p' };
const create: KubeRequest = { verb: 'create', resource: 'pods', path: '/p', body: {} };
const busy = failure(429, 'TooManyRequests', 'too many requests');
const unavailable = failure(503, 'ServiceUnavailable', 'not ready');

describe('Transport, when the server asks to come back later', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench();
  });

  afterEach(async () => {
    await bench.stop();
  });

  const repeated: Record<string, { request: KubeRequest; status: number; body: object }> = {
    'repeats a read it had no time for (429)': { request: get, status: 429, body: busy },
    'repeats a write it had no time for (429): it was not begun': { request: create, status: 429, body: busy },
    'repeats a read it was not ready for (503)': { request: get, status: 503, body: unavailable },
  };
  for (const [sentence, { request, status, body }] of Object.entries(repeated)) {
    it(sentence, async () => {
      const { server, transport, clock, meter } = bench;
      const answer = transport.request(request);
      (await server.next()).reply(status, body, { 'retry-after': '2' });
      await clock.waiting(2000);
      clock.advance(1999);
      assert.equal(server.waiting, 0);
      clock.advance(1);
      (await server.next()).reply(200, { at: 'last' });
      assert.deepEqual(await answer, { at: 'last' });
      const labels = { verb: request.verb, resource: 'pods', code: String(status) };
      assert.equal(meter.value(kubeMetrics.requests, labels), 1);
    });
  }

  const thrown: Record<string, { request: KubeRequest; status: number; headers: Record<string, string> }> = {
    'does not repeat a write that met 503': { request: create, status: 503, headers: { 'retry-after': '1' } },
    'does not repeat a 429 that does not say when': { request: get, status: 429, headers: {} },
    'does not repeat other refusals': { request: get, status: 409, headers: { 'retry-after': '1' } },
  };
  for (const [sentence, { request, status, headers }] of Object.entries(thrown)) {
    it(sentence, async () => {
      const { server, transport } = bench;
      const answer = transport.request(request);
      (await server.next()).reply(status, failure(status, 'No'), headers);
      await assert.rejects(answer, { name: 'ApiError', status });
    });
  }

  it('gives up after five repetitions', async () => {
    const { server, transport, clock } = bench;
    const answer = transport.request(get);
    const rejected = assert.rejects(answer, { name: 'ApiError', status: 429, retryAfterMs: 1000 });
    for (let attempt = 0; attempt < 6; attempt++) {
      (await server.next()).reply(429, busy, { 'retry-after': '1' });
      if (attempt < 5) await clock.elapse(1000);
    }
    await rejected;
  });

  it('gives the refusal, not the deadline, when that passes while it waits', async () => {
    const { server, transport, clock } = bench;
    const answer = transport.request(get);
    const rejected = assert.rejects(answer, { name: 'ApiError', status: 429 });
    (await server.next()).reply(429, busy, { 'retry-after': '60' });
    await clock.waiting(60_000);
    clock.advance(30_000);
    await rejected;
  });

  it('stops waiting when the signal aborts', async () => {
    const { server, transport, clock } = bench;
    const lifetime = new AbortController();
    const answer = transport.request({ ...create, signal: lifetime.signal });
    (await server.next()).reply(429, busy, { 'retry-after': '1' });
    await clock.waiting(1000);
    lifetime.abort(new Error('over'));
    await assert.rejects(answer, { message: 'over' });
  });
});
