import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ApiError, ConnectionError, DeadlineError, UnknownOutcomeError } from '../../../src/kube/errors.ts';
import type { KubeRequest } from '../../../src/kube/transport.ts';
import { failure } from '../../support/kube-objects.ts';
import type { Received } from '../../support/scripted-server.ts';
import { startBench, type Bench } from '../../support/transport.ts';

const get: KubeRequest = { verb: 'get', resource: 'pods', path: '/p' };
const writes = (['create', 'update', 'patch', 'delete'] as const).map((verb): KubeRequest => ({
  verb,
  resource: 'pods',
  path: '/p',
  body: {},
}));
const [create] = writes as [KubeRequest];

describe('Transport, about the outcome of a write', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench({ connections: 1 });
  });

  afterEach(async () => {
    await bench.stop();
  });

  for (const request of writes) {
    it(`does not know it when the connection of a ${request.verb} breaks after sending`, async () => {
      const answer = bench.transport.request(request);
      (await bench.server.next()).reset();
      await assert.rejects(answer, UnknownOutcomeError);
    });
  }

  const unknown: Record<
    string,
    { answer: (received: Received) => void | Promise<void>; cause?: new (...args: never[]) => Error }
  > = {
    'when the server hangs up without an answer': { answer: (received) => void received.socket.end() },
    'when the answer is cut off': {
      answer: async (received) => {
        await received.open().write('{"metadata":');
        received.reset();
      },
    },
    'when the answer is no JSON': { answer: (received) => received.reply(201, 'Created!'), cause: SyntaxError },
    'when the server says it does not either (500)': {
      answer: (received) => received.reply(500, failure(500, 'InternalError', 'etcdserver: request timed out')),
      cause: ApiError,
    },
    'when a gateway lost the answer (502)': {
      answer: (received) => received.reply(502, 'Bad gateway'),
      cause: ApiError,
    },
    'when it took the server too long (504)': {
      answer: (received) => received.reply(504, failure(504, 'Timeout')),
      cause: ApiError,
    },
  };
  for (const [sentence, { answer, cause = Error }] of Object.entries(unknown)) {
    it(`does not know it ${sentence}`, async () => {
      const result = bench.transport.request(create);
      await answer(await bench.server.next());
      await assert.rejects(
        result,
        (error: Error) => error instanceof UnknownOutcomeError && error.cause instanceof cause,
      );
    });
  }

  it('does not know it when the time is up', async () => {
    const { transport, server, clock } = bench;
    const answer = transport.request(create);
    const rejected = assert.rejects(answer, (error: Error) => {
      return error instanceof UnknownOutcomeError && error.cause instanceof DeadlineError;
    });
    const received = await server.next();
    await clock.elapse(30_000);
    await rejected;
    await received.closed;
  });

  it('does not know it when its signal aborts after sending', async () => {
    const { transport, server } = bench;
    const lifetime = new AbortController();
    const answer = transport.request({ ...create, signal: lifetime.signal });
    await server.next();
    const reason = new Error('the lease was lost');
    lifetime.abort(reason);
    await assert.rejects(answer, (error: Error) => error instanceof UnknownOutcomeError && error.cause === reason);
  });

  it('knows that nothing happened when there is no server', async () => {
    await bench.server.stop();
    await assert.rejects(bench.transport.request(create), ConnectionError);
  });

  it('knows that nothing happened when the time was up before it was sent', async () => {
    const { transport, server, clock } = bench;
    const first = transport.request({ ...get, timeoutMs: 90_000 });
    const received = await server.next();
    const answer = transport.request(create);
    await Promise.all([assert.rejects(answer, DeadlineError), clock.elapse(30_000)]);
    received.reply(200, {});
    await first;
    assert.equal(server.waiting, 0);
  });

  it('knows that nothing happened when it was refused', async () => {
    const { transport, server } = bench;
    const answer = transport.request(create);
    (await server.next()).reply(503, 'Service unavailable');
    await assert.rejects(answer, { name: 'ApiError', status: 503 });
  });

  it('takes the same answers to a read for what they are', async () => {
    const { transport, server } = bench;
    for (const status of [500, 502, 504]) {
      const answer = transport.request(get);
      (await server.next()).reply(status, {});
      await assert.rejects(answer, { name: 'ApiError', status });
    }
  });
});
