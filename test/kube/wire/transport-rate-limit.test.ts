import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { DeadlineError } from '../../../src/kube/errors.ts';
import { kubeMetrics } from '../../../src/kube/metrics.ts';
import type { KubeRequest } from '../../../src/kube/transport.ts';
import { startBench, type Bench } from '../../support/transport.ts';

const get: KubeRequest = { verb: 'get', resource: 'pods', path: '/p' };
const create: KubeRequest = { verb: 'create', resource: 'pods', path: '/p', body: {} };
const watch: KubeRequest = { verb: 'watch', resource: 'pods', path: '/p' };

describe('Transport, with a rate limit', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench({ rateLimit: { perSecond: 10, burst: 1 } });
  });

  afterEach(async () => {
    await bench.stop();
  });

  async function useUpBurst(): Promise<void> {
    const answer = bench.transport.request(get);
    (await bench.server.next()).reply(200, {});
    await answer;
  }

  it('lets calls and watches wait for their turn', async () => {
    const { server, transport, clock } = bench;
    await useUpBurst();
    const answer = transport.request(create);
    const line = transport.lines(watch).next();
    await clock.elapse(100);
    const first = await server.next();
    assert.deepEqual([first.method, server.waiting], ['POST', 0]);
    first.reply(201, {});
    await answer;
    await clock.elapse(100);
    (await server.next()).open().end();
    assert.equal((await line).done, true);
  });

  it('counts every attempt', async () => {
    const { server, transport, clock } = bench;
    const answer = transport.request(get);
    (await server.next()).reply(429, {}, { 'retry-after': '0' });
    await clock.elapse(100);
    (await server.next()).reply(200, { at: 'last' });
    assert.deepEqual(await answer, { at: 'last' });
  });

  it('has sent nothing, not even a write, when the time is up before its turn', async () => {
    const { server, transport, clock } = bench;
    await useUpBurst();
    const late = assert.rejects(transport.request({ ...create, timeoutMs: 50 }), DeadlineError);
    await clock.elapse(50);
    await late;
    assert.equal(server.waiting, 0);
  });

  it('measures the waiting, which a transport without a limit does not', async () => {
    await useUpBurst();
    assert.equal(bench.meter.value(kubeMetrics.rateLimitSeconds, {}), 1);
    await bench.stop();
    bench = await startBench();
    await useUpBurst();
    assert.equal(bench.meter.value(kubeMetrics.rateLimitSeconds, {}), undefined);
  });
});
