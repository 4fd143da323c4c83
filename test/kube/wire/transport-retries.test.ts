import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { UnknownOutcomeError } from '../../../src/kube/errors.ts';
import { kubeMetrics } from '../../../src/kube/metrics.ts';
import type { KubeRequest } from '../../../src/kube/transport.ts';
import { failure } from '../../support/kube-objects.ts';
import { startBench, type Bench } from '../../support/transport.ts';

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
    'repeats a read it failed at (500)': { request: get, status: 500, body: failure(500, 'InternalError') },
    'repeats a read that a gateway lost (502)': { request: get, status: 502, body: {} },
    'repeats a read that took too long (504)': { request: get, status: 504, body: failure(504, 'Timeout') },
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
    'does not repeat a 503 that says when by a date': {
      request: get,
      status: 503,
      headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:02 GMT' },
    },
    'does not repeat a 503 that says when in no number': { request: get, status: 503, headers: { 'retry-after': '' } },
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

  for (const [sentence, seconds] of [
    ['when the call’s time is up', 30],
    ['hours later', 7200],
  ] as const) {
    it(`gives the refusal at once when the time to come back is ${sentence}`, async () => {
      const { server, transport } = bench;
      const answer = transport.request({ ...get, timeoutMs: 30_000 });
      (await server.next()).reply(429, busy, { 'retry-after': String(seconds) });
      await assert.rejects(answer, { name: 'ApiError', status: 429, retryAfterMs: seconds * 1000 });
    });
  }

  it('waits when there is time for one more attempt', async () => {
    const { server, transport, clock } = bench;
    const answer = transport.request({ ...get, timeoutMs: 30_000 });
    (await server.next()).reply(429, busy, { 'retry-after': '29' });
    await clock.elapse(29_000);
    (await server.next()).reply(200, { at: 'last' });
    assert.deepEqual(await answer, { at: 'last' });
  });

  it('does not repeat a write whose outcome is unknown, whatever the server asks', async () => {
    const { server, transport } = bench;
    for (const status of [500, 502, 504]) {
      const answer = transport.request(create);
      (await server.next()).reply(status, failure(status, 'No'), { 'retry-after': '1' });
      await assert.rejects(answer, UnknownOutcomeError);
    }
    assert.equal(server.waiting, 0);
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
