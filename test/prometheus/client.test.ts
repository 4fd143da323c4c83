import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { PrometheusClient } from '../../src/prometheus/client.ts';
import { PrometheusError } from '../../src/prometheus/errors.ts';
import { selfSigned } from '../support/certificate.ts';
import { ScriptedServer, type Received } from '../support/scripted-server.ts';

const noRules = { status: 'success', data: { groups: [] } };

describe('Prometheus as it is asked', () => {
  let server: ScriptedServer;
  let client: PrometheusClient;
  let folder: string;

  beforeEach(async () => {
    server = await ScriptedServer.start();
    client = new PrometheusClient({ url: server.url }, { timeoutMs: 2000, longestBytes: 2000 });
    folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  });

  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** The message of what a request fails with, once the server has done that to it. */
  async function failureOf(answer: (received: Received) => unknown, asking = client): Promise<string> {
    const failed = asking.rules().then(
      () => assert.fail('it did not fail'),
      (error: unknown) => error,
    );
    await answer(await server.next());
    const error = await failed;
    assert.ok(error instanceof PrometheusError, String(error));
    return error.message.replaceAll(server.url, 'URL');
  }

  it('tells its alerting rules, in one request', async () => {
    const rules = client.rules();
    const received = await server.next();
    assert.equal(received.path, '/api/v1/rules');
    assert.equal(received.query.toString(), 'type=alert&exclude_alerts=true');
    assert.equal(received.headers.authorization, undefined);
    const rule = { name: 'Errors', type: 'alerting', state: 'firing', health: 'ok', duration: 30 };
    received.reply(200, { status: 'success', data: { groups: [{ name: 'g', interval: 15, rules: [rule] }] } });
    assert.deepEqual([...(await rules)], [['Errors', { state: 'ALARM', delayMs: 60_000 }]]);
  });

  it('tells what an expression comes to', async () => {
    const reading = client.query('rate(errors[1m]) > 0 and on() {a="b&c"}');
    const received = await server.next();
    assert.equal(received.path, '/api/v1/query');
    assert.equal(received.query.get('query'), 'rate(errors[1m]) > 0 and on() {a="b&c"}');
    received.reply(200, { status: 'success', data: { resultType: 'vector', result: [] } });
    assert.deepEqual(await reading, { state: 'OK', delayMs: 0 });
  });

  it('may be under a path', async () => {
    const rules = new PrometheusClient({ url: `${server.url}/mimir/prometheus/` }).rules();
    const received = await server.next();
    assert.equal(received.path, '/mimir/prometheus/api/v1/rules');
    received.reply(200, noRules);
    await rules;
  });

  it('gets what lets us in, as it is in the file at the time', async () => {
    const authorizationFile = join(folder, 'token');
    const asking = new PrometheusClient({ url: server.url, authorizationFile });
    for (const [text, want] of [
      ['secret\n', 'Bearer secret'],
      ['rotated', 'Bearer rotated'],
      ['Basic dXNlcjpwYXNz\n', 'Basic dXNlcjpwYXNz'],
    ] as const) {
      writeFileSync(authorizationFile, text);
      const rules = asking.rules();
      const received = await server.next();
      assert.equal(received.headers.authorization, want);
      received.reply(200, noRules);
      await rules;
    }
  });

  it('is not asked without what lets us in', async () => {
    const authorizationFile = join(folder, 'token');
    const asking = new PrometheusClient({ url: server.url, authorizationFile });
    await assert.rejects(asking.rules(), { name: 'PrometheusError', message: /token cannot be used: ENOENT/ });
    for (const text of ['', 'two\nlines']) {
      writeFileSync(authorizationFile, text);
      await assert.rejects(asking.rules(), { message: /token cannot be used: it holds no line of text$/ });
    }
    assert.equal(server.connections, 0);
  });

  const failures: Record<string, { answer: (received: Received) => unknown; want: string }> = {
    'it refuses, in its words': {
      answer: (each) => each.reply(400, { status: 'error', errorType: 'bad_data', error: 'parse error: no' }),
      want: 'Prometheus at URL answers with status 400: parse error: no',
    },
    'something in front of it refuses': {
      answer: (each) => each.reply(503, '<html>'),
      want: 'Prometheus at URL answers with status 503',
    },
    'it leads elsewhere': {
      answer: (each) => each.reply(302, '', { location: `${server.url}/login` }),
      want: 'Prometheus at URL answers with status 302',
    },
    'it is no Prometheus': {
      answer: (each) => each.reply(200, '<html>'),
      want: 'Prometheus at URL answers with what is not of its API',
    },
    'its answer has no rules': {
      answer: (each) => each.reply(200, { status: 'success', data: {} }),
      want: 'Prometheus tells its rules without groups',
    },
    'its answer is too long': {
      answer: (each) => each.reply(200, ' '.repeat(2001)),
      want: 'Prometheus at URL answers with more than 2000 bytes',
    },
    'its connection breaks': {
      answer: (each) => {
        each.reset();
      },
      want: 'Prometheus at URL cannot be reached: ECONNRESET',
    },
    'its answer breaks off': {
      answer: async (each) => {
        await each.open().write('{"status":');
        each.reset();
      },
      want: 'Prometheus at URL cannot be reached: ECONNRESET',
    },
  };
  for (const [sentence, { answer, want }] of Object.entries(failures)) {
    it(`fails in words where ${sentence}`, async () => assert.equal(await failureOf(answer), want));
  }

  it('takes an answer of just the longest', async () => {
    const rules = client.rules();
    (await server.next()).reply(200, JSON.stringify(noRules).padEnd(2000));
    assert.equal((await rules).size, 0);
  });

  it('fails in words where it does not answer, or not to the end', async () => {
    const hasty = new PrometheusClient({ url: server.url }, { timeoutMs: 100 });
    const want = 'Prometheus at URL has not answered within 0.1 s';
    assert.equal(await failureOf(() => undefined, hasty), want);
    assert.equal(await failureOf(async (each) => each.open().write('{'), hasty), want);
  });

  it('fails in words where nobody listens', async () => {
    const { url } = server;
    await server.stop();
    const message = `Prometheus at ${url} cannot be reached: ECONNREFUSED`;
    await assert.rejects(new PrometheusClient({ url }).rules(), { name: 'PrometheusError', message });
  });

  it('is not trusted over https with a certificate that nobody knows', async () => {
    const secure = await ScriptedServer.start(selfSigned('127.0.0.1'));
    await assert.rejects(new PrometheusClient({ url: secure.url }).rules(), {
      message: `Prometheus at ${secure.url} cannot be reached: DEPTH_ZERO_SELF_SIGNED_CERT`,
    });
    await secure.stop();
  });
});
