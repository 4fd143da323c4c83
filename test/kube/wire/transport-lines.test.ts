import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ConnectionError, DeadlineError } from '../../../src/kube/errors.ts';
import type { KubeRequest } from '../../../src/kube/transport.ts';
import { failure } from '../../support/kube-objects.ts';
import { startBench, type Bench } from '../../support/transport.ts';

const watch: KubeRequest = { verb: 'watch', resource: 'pods', path: '/api/v1/pods', query: { watch: 'true' } };

describe('Transport, streaming lines', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench();
  });

  afterEach(async () => {
    await bench.stop();
  });

  it('gives each line as soon as it is whole, wherever the chunks are cut', async () => {
    const lines = bench.transport.lines(watch);
    const first = lines.next();
    const received = (await bench.server.next()).open();
    const bytes = Buffer.from('{"name":"grün"}\n{"b":2}\n');
    const inside = bytes.indexOf(0xc3) + 1;
    await received.write(bytes.subarray(0, inside));
    await received.write(bytes.subarray(inside, inside + 5));
    assert.equal((await first).value, '{"name":"grün"}');
    await received.write(bytes.subarray(inside + 5));
    assert.equal((await lines.next()).value, '{"b":2}');
    received.end();
    assert.equal((await lines.next()).done, true);
  });

  it('drops a line whose end never came', async () => {
    const lines = bench.transport.lines(watch);
    const first = lines.next();
    const received = (await bench.server.next()).open();
    await received.write('whole\nhal');
    assert.equal((await first).value, 'whole');
    received.end();
    assert.equal((await lines.next()).done, true);
  });

  it('fails when the connection breaks inside a line', async () => {
    const lines = bench.transport.lines(watch);
    const first = lines.next();
    const received = (await bench.server.next()).open();
    await received.write('whole\nhal');
    assert.equal((await first).value, 'whole');
    received.reset();
    await assert.rejects(lines.next(), ConnectionError);
  });

  it('fails when the server refuses, and repeats nothing', async () => {
    const first = bench.transport.lines(watch).next();
    (await bench.server.next()).reply(429, failure(429, 'TooManyRequests'), { 'retry-after': '7' });
    await assert.rejects(first, { name: 'ApiError', status: 429, retryAfterMs: 7000 });
  });

  it('gives up when the answer does not begin', async () => {
    const first = bench.transport.lines(watch).next();
    const received = await bench.server.next();
    await Promise.all([assert.rejects(first, DeadlineError), bench.clock.elapse(30_000)]);
    await received.closed;
  });

  it('waits as long as it takes for lines once the answer has begun', async () => {
    const lines = bench.transport.lines(watch);
    const first = lines.next();
    const received = (await bench.server.next()).open();
    await received.write('1\n');
    await first;
    const second = lines.next();
    bench.clock.advance(3_600_000);
    await received.write('2\n');
    assert.equal((await second).value, '2');
    assert.deepEqual(bench.clock.pending, []);
  });

  it('ends at once, with its connection, when the signal aborts', async () => {
    const lifetime = new AbortController();
    const lines = bench.transport.lines({ ...watch, signal: lifetime.signal });
    const first = lines.next();
    const received = (await bench.server.next()).open();
    await received.write('1\n');
    await first;
    const second = lines.next();
    const reason = new Error('over');
    lifetime.abort(reason);
    await assert.rejects(second, reason);
    await received.closed;
  });

  it('closes the connection when the reader leaves', async () => {
    const reading = (async () => {
      for await (const line of bench.transport.lines(watch)) return line;
      return undefined;
    })();
    const received = (await bench.server.next()).open();
    await received.write('1\n2\n');
    assert.equal(await reading, '1');
    await received.closed;
  });

  it('does not outrun its reader', async () => {
    const lines = bench.transport.lines(watch);
    const first = lines.next();
    const received = (await bench.server.next()).open();
    await received.write('1\n');
    await first;
    const block = `${'x'.repeat(1024 * 1024)}\n`;
    let written = 0;
    const writing = (async () => {
      for (; written < 40; written++) await received.write(block);
      received.end();
    })();
    for (let turns = 0; turns < 500; turns++) await new Promise(setImmediate);
    assert.ok(written < 30, `${written} MiB were taken in though nobody reads`);
    let read = 0;
    for await (const line of lines) read += line.length;
    await writing;
    assert.equal(read, 40 * 1024 * 1024);
  });

  it('is ended by close', async () => {
    const lines = bench.transport.lines(watch);
    const first = lines.next();
    const received = (await bench.server.next()).open();
    await received.write('1\n');
    await first;
    const second = assert.rejects(lines.next(), ConnectionError);
    await bench.transport.close();
    await second;
  });
});
