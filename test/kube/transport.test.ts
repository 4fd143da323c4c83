import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { silentLog } from '../../src/base/log.ts';
import { ApiError, ConnectionError, DeadlineError } from '../../src/kube/errors.ts';
import { kubeMetrics } from '../../src/kube/metrics.ts';
import { Transport, type KubeRequest } from '../../src/kube/transport.ts';
import { failure } from '../support/kube-objects.ts';
import { startBench, type Bench } from '../support/transport.ts';

const get: KubeRequest = { verb: 'get', resource: 'pods', path: '/api/v1/namespaces/a/pods/p' };
const create: KubeRequest = { verb: 'create', resource: 'pods', path: '/api/v1/namespaces/a/pods', body: { a: 'ü' } };

describe('Transport', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench();
  });

  afterEach(async () => {
    await bench.stop();
  });

  it('sends a request and gives its JSON answer', async () => {
    const { server, transport } = bench;
    const answer = transport.request({ ...create, query: { fieldManager: 'a b' } });
    const received = await server.next();
    received.reply(201, { ok: 'ü' });
    assert.deepEqual(await answer, { ok: 'ü' });
    assert.equal(received.method, 'POST');
    assert.equal(received.path, create.path);
    assert.equal(received.query.get('fieldManager'), 'a b');
    assert.deepEqual(received.body, { a: 'ü' });
    const { accept, 'content-type': type, 'user-agent': agent } = received.headers;
    assert.deepEqual([accept, type, agent], ['application/json', 'application/json', 'test/1']);
  });

  it('reaches a server that has its API under a path', async () => {
    const behind = await startBench({ path: '/k8s/clusters/c1' });
    const answer = behind.transport.request(get);
    const received = await behind.server.next();
    received.reply(200, {});
    await answer;
    assert.equal(received.path, `/k8s/clusters/c1${get.path}`);
    await behind.stop();
  });

  it('keeps connections and uses them again', async () => {
    const { server, transport } = bench;
    for (let count = 0; count < 20; count++) {
      const answer = transport.request(get);
      (await server.next()).reply(200, {});
      await answer;
    }
    // A second one, since the first is not free yet at the moment its answer is in.
    assert.ok(server.connections <= 2, `${server.connections} connections`);
  });

  it('opens no more connections for calls than it may, and others for watches', async () => {
    const { server, transport } = bench;
    const calls = Array.from({ length: 5 }, () => transport.request(get));
    const received = await Promise.all(Array.from({ length: 4 }, () => server.next()));
    const watch = transport.lines({ ...get, verb: 'watch' }).next();
    const sixth = await server.next();
    sixth.open().end();
    await watch;
    assert.equal(server.connections, 5);
    for (const each of received) each.reply(200, {});
    (await server.next()).reply(200, {});
    await Promise.all(calls);
    assert.equal(server.connections, 5);
  });

  it('gives the server’s refusal with its reason, details and causes', async () => {
    const { server, transport } = bench;
    const answer = transport.request(create);
    const causes = [{ reason: 'FieldValueRequired', field: 'spec', message: 'is needed' }];
    (await server.next()).reply(422, { ...failure(422, 'Invalid', 'spec is needed'), details: { name: 'p', causes } });
    await assert.rejects(answer, (error: ApiError) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.status, error.reason, error.message], [422, 'Invalid', 'spec is needed']);
      assert.deepEqual(error.causes, causes);
      return true;
    });
  });

  it('understands a refusal that is not the API server’s own', async () => {
    const { server, transport } = bench;
    const answer = transport.request(get);
    (await server.next()).reply(403, '<html>Forbidden</html>');
    await assert.rejects(answer, { name: 'ApiError', status: 403, reason: '', message: /403/ });
  });

  it('fails a read whose connection breaks', async () => {
    const { server, transport } = bench;
    const answer = transport.request(get);
    (await server.next()).reset();
    await assert.rejects(answer, ConnectionError);
  });

  it('fails a read whose answer is no JSON', async () => {
    const { server, transport } = bench;
    const answer = transport.request(get);
    (await server.next()).reply(200, '{"half":');
    await assert.rejects(answer, ConnectionError);
  });

  it('gives up a read after 30 seconds and closes its connection', async () => {
    const { server, transport, clock } = bench;
    const answer = transport.request(get);
    const received = await server.next();
    await Promise.all([assert.rejects(answer, DeadlineError), clock.elapse(30_000)]);
    await received.closed;
  });

  it('gives up a read whose answer does not end', async () => {
    const { server, transport, clock } = bench;
    const answer = transport.request({ ...get, timeoutMs: 500 });
    const received = await server.next();
    await received.open().write('{"a":');
    await Promise.all([assert.rejects(answer, DeadlineError), clock.elapse(500)]);
    await received.closed;
  });

  it('leaves no timer and no listener behind', async () => {
    const { server, transport, clock } = bench;
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    const answer = transport.request({ ...get, signal });
    (await server.next()).reply(200, {});
    await answer;
    assert.deepEqual([clock.pending, listeners], [[], 0]);
  });

  describe('when its signal aborts', () => {
    const reason = new Error('the lease was lost');

    it('drops a read at once and closes its connection', async () => {
      const { server, transport } = bench;
      const lifetime = new AbortController();
      const answer = transport.request({ ...get, signal: lifetime.signal });
      const received = await server.next();
      lifetime.abort(reason);
      await assert.rejects(answer, reason);
      await received.closed;
    });

    it('sends nothing that was not sent yet', async () => {
      const { server, transport } = bench;
      await assert.rejects(transport.request({ ...create, signal: AbortSignal.abort(reason) }), reason);
      assert.equal(server.waiting, 0);
      assert.equal(server.connections, 0);
    });

    it('drops a call that waits for a connection, and spares the connection', async () => {
      const { server, transport } = bench;
      const calls = Array.from({ length: 4 }, () => transport.request(get));
      const received = await Promise.all(Array.from({ length: 4 }, () => server.next()));
      const lifetime = new AbortController();
      const dropped = transport.request({ ...create, signal: lifetime.signal });
      const rejected = assert.rejects(dropped, reason);
      await new Promise(setImmediate);
      lifetime.abort(reason);
      await rejected;
      for (const each of received) each.reply(200, {});
      await Promise.all(calls);
      const more = Array.from({ length: 4 }, () => transport.request(get));
      const later = await Promise.all(Array.from({ length: 4 }, () => server.next()));
      assert.deepEqual(
        later.map(({ method }) => method),
        ['GET', 'GET', 'GET', 'GET'],
      );
      for (const each of later) each.reply(200, {});
      await Promise.all(more);
      assert.equal(server.connections, 4);
    });
  });

  it('counts requests by verb, resource and code, and measures them', async () => {
    const { server, transport, meter } = bench;
    const count = (code: string) => meter.value(kubeMetrics.requests, { verb: 'get', resource: 'pods', code });
    for (const status of [200, 404]) {
      const answer = transport.request(get).catch(() => undefined);
      (await server.next()).reply(status, {});
      await answer;
    }
    const answer = transport.request(get).catch(() => undefined);
    (await server.next()).reset();
    await answer;
    assert.deepEqual([count('200'), count('404'), count('none')], [1, 1, 1]);
    assert.equal(meter.value(kubeMetrics.requestSeconds, { verb: 'get', resource: 'pods' }), 3);
  });

  it('refuses a cluster behind a proxy, which it cannot reach', () => {
    const { server, clock, meter } = bench;
    const kubeConfig = server.kubeConfig({}, { proxyUrl: 'http://proxy:3128' });
    assert.throws(() => new Transport({ kubeConfig, log: silentLog, meter, clock }), /proxy-url/);
  });
});
