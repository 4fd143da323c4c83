import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts';
import { Transport } from '../../src/kube/transport.ts';
import { selfSigned } from './certificate.ts';
import { FakeClock } from './clock.ts';
import {
  afterForwarding,
  answer,
  answerAfterForwarding,
  beforeForwarding,
  cutAfterBytes,
  cutAfterForwarding,
  cutInLine,
  delay,
  FaultProxy,
  goneAfterLines,
  insideCharacter,
  refuse,
  type Fault,
} from './fault-proxy.ts';
import { RecordingMeter } from './recording.ts';
import { ScriptedServer, type Received } from './scripted-server.ts';

const pods = '/api/v1/namespaces/shop/pods';
const watchPods = `${pods}?watch=true&resourceVersion=7`;
const create = { method: 'POST', body: JSON.stringify({ metadata: { name: 'web-1' } }) };

describe('FaultProxy', () => {
  let server: ScriptedServer;
  let proxy: FaultProxy;
  let dir: string;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'ecs-operator-test-'));
    const certificate = selfSigned('server');
    const client = selfSigned('client');
    server = await ScriptedServer.start(certificate);
    const encoded = (text: string): string => Buffer.from(text).toString('base64');
    const user = { token: 'secret', certData: encoded(client.cert), keyData: encoded(client.key) };
    const cluster = { skipTLSVerify: false, caData: encoded(certificate.cert) };
    writeFileSync(join(dir, 'kubeconfig'), server.kubeConfig(user, cluster).exportConfig());
    proxy = await FaultProxy.to(join(dir, 'kubeconfig'));
  });

  afterEach(async () => {
    await server.stop();
    await proxy.close();
    rmSync(dir, { recursive: true });
  });

  function send(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${proxy.url}${path}`, init);
  }

  /** Sends, and takes what arrives at the server. */
  async function exchange(path: string, init: RequestInit = {}): Promise<readonly [Promise<Response>, Received]> {
    const response = send(path, init);
    // It is looked at later, when the server has answered.
    response.catch(() => undefined);
    return [response, await server.next()];
  }

  /** The body until it ends or breaks off. */
  async function readAll(response: Response): Promise<{ readonly text: string; readonly broken: boolean }> {
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of response.body ?? []) chunks.push(chunk as Uint8Array);
      return { text: Buffer.concat(chunks).toString('latin1'), broken: false };
    } catch {
      return { text: Buffer.concat(chunks).toString('latin1'), broken: true };
    }
  }

  describe('without rules', () => {
    it('forwards a request as it came, and hands the answer on', async () => {
      const [response, received] = await exchange(`${pods}?fieldManager=me`, {
        ...create,
        headers: { authorization: 'Bearer secret', 'x-own': 'kept' },
      });
      received.reply(201, '{"kind":"Pod"}', { 'x-answer': 'kept' });
      assert.deepEqual(
        [received.method, received.path, received.query.get('fieldManager'), received.body],
        ['POST', pods, 'me', { metadata: { name: 'web-1' } }],
      );
      assert.deepEqual([received.headers.authorization, received.headers['x-own']], ['Bearer secret', 'kept']);
      assert.equal(received.clientName, 'client');
      const answered = await response;
      assert.deepEqual([answered.status, answered.headers.get('x-answer')], [201, 'kept']);
      assert.equal(await answered.text(), '{"kind":"Pod"}');
    });

    it('hands a watch on line by line, and ends it at the server when the client leaves', async () => {
      const leaving = new AbortController();
      const [response, received] = await exchange(watchPods, { signal: leaving.signal });
      received.open();
      const reader = ((await response).body as ReadableStream<Uint8Array>).getReader();
      for (const name of ['a', 'b']) {
        await received.event('ADDED', { name });
        const { value } = await reader.read();
        assert.equal(Buffer.from(value ?? []).toString(), `{"type":"ADDED","object":{"name":"${name}"}}\n`);
      }
      leaving.abort();
      await received.closed;
    });

    it('uses its connections to the server again', async () => {
      for (let turn = 0; turn < 3; turn++) {
        const [response, received] = await exchange(pods);
        received.reply(200, {});
        await (await response).text();
      }
      assert.equal(server.connections, 1);
    });

    it('lets the operator in, with the users of the kubeconfig', async () => {
      const kubeConfig = loadKubeConfig(proxy.kubeconfig);
      const transport = new Transport({ kubeConfig, log: silentLog, meter: new RecordingMeter(), clock: systemClock });
      const answer = transport.request<object>({ verb: 'get', resource: 'version', path: '/version' });
      const received = await server.next();
      received.reply(200, { major: '1' });
      assert.deepEqual(await answer, { major: '1' });
      assert.equal(received.headers.authorization, 'Bearer secret');
      await transport.close();
    });
  });

  it('knows what is asked, as the audit log does', async () => {
    proxy.on({}, answer(503));
    const crs = '/apis/ecs-operator.dev/v1alpha1';
    const requests: readonly (readonly [string, string, string])[] = [
      ['GET', pods, 'list pods shop'],
      ['GET', watchPods, 'watch pods shop'],
      ['GET', `${pods}/web-1`, 'get pods shop web-1'],
      ['POST', pods, 'create pods shop web-1'],
      ['PUT', `${crs}/namespaces/shop/ecsservices/web/status`, 'update ecsservices/status shop web'],
      ['PATCH', `${pods}/web-1`, 'patch pods shop web-1'],
      ['DELETE', `${pods}/web-1`, 'delete pods shop web-1'],
      ['DELETE', pods, 'deletecollection pods shop'],
      ['GET', `${crs}/ecsservices`, 'list ecsservices '],
      ['GET', '/api/v1/namespaces/shop', 'get namespaces  shop'],
      ['PUT', '/api/v1/namespaces/shop/finalize', 'update namespaces/finalize  shop'],
      ['GET', '/version', 'get  '],
    ];
    for (const [method, path] of requests) await send(path, { ...create, method, body: bodyOf(method) });
    const told = proxy.passed().map(({ verb, resource, subresource, namespace, name }) => {
      const what = subresource === '' ? resource : `${resource}/${subresource}`;
      return [verb, what, namespace, ...(name === '' ? [] : [name])].join(' ');
    });
    const want = requests.map(([, , words]) => words);
    // A path that names no resource is a list of nothing.
    assert.deepEqual(told, [...want.slice(0, -1), 'list  ']);
    assert.equal(server.waiting, 0);
  });

  function bodyOf(method: string): string | null {
    return method === 'GET' ? null : create.body;
  }

  describe('before the server sees anything', () => {
    it('refuses', async () => {
      proxy.on({ verb: 'create' }, refuse);
      await assert.rejects(send(pods, create));
      assert.equal(server.connections, 0);
      assert.deepEqual(
        proxy.passed().map(({ answered, forwarded }) => [answered, forwarded]),
        [['cut', false]],
      );
    });

    it('answers in its place, with a Status and headers', async () => {
      proxy.on({}, answer(429, { headers: { 'retry-after': '2' } }));
      const response = await send(pods, create);
      assert.deepEqual([response.status, response.headers.get('retry-after')], [429, '2']);
      const { kind, reason, code } = (await response.json()) as { kind: string; reason: string; code: number };
      assert.deepEqual([kind, reason, code], ['Status', 'TooManyRequests', 429]);
      assert.equal(server.connections, 0);
    });

    it('waits', async () => {
      const clock = new FakeClock();
      proxy.on({}, delay(3_000, clock));
      const response = send(pods);
      await clock.waiting(3_000);
      assert.equal(proxy.passed()[0]?.forwarded, false);
      clock.advance(3_000);
      (await server.next()).reply(200, {});
      assert.equal((await response).status, 200);
    });

    it('runs a hook, which may have the last word', async () => {
      const seen: string[] = [];
      proxy.on(
        { times: 1 },
        beforeForwarding(async ({ name }) => {
          seen.push(`${name}: ${String(server.waiting)} waiting`);
          return Promise.resolve('cut');
        }),
      );
      await assert.rejects(send(pods, create));
      assert.deepEqual(seen, ['web-1: 0 waiting']);
      assert.equal(server.connections, 0);
    });
  });

  describe('after the server has answered', () => {
    const faults: Record<string, { fault: Fault; want: number | 'cut' }> = {
      'loses the answer': { fault: cutAfterForwarding, want: 'cut' },
      'tells something else': { fault: answerAfterForwarding(500), want: 500 },
      'hands it on after a hook': { fault: afterForwarding(() => undefined), want: 201 },
      'does what a hook says': { fault: afterForwarding(() => 'cut'), want: 'cut' },
    };
    for (const [sentence, { fault, want }] of Object.entries(faults)) {
      it(sentence, async () => {
        proxy.on({}, fault);
        const [response, received] = await exchange(pods, create);
        received.reply(201, {});
        if (want === 'cut') await assert.rejects(response);
        else assert.equal((await response).status, want);
        assert.deepEqual([proxy.passed()[0]?.forwarded, proxy.passed()[0]?.answered], [true, want]);
      });
    }

    it('does what was asked though the client has gone', async () => {
      const leaving = new AbortController();
      const hook = Promise.withResolvers<void>();
      const rule = proxy.on(
        { times: 1 },
        beforeForwarding(() => hook.promise),
      );
      const response = send(pods, { ...create, signal: leaving.signal });
      await rule.spent;
      leaving.abort();
      await assert.rejects(response);
      hook.resolve();
      assert.equal((await server.next()).method, 'POST');
    });
  });

  describe('in the middle of a watch', () => {
    const [first, second, third] = ['ADDED a', 'ADDED ü', 'ADDED c'].map((line) => Buffer.from(`${line}\n`));
    const lines = [first, second, third].map((line) => line ?? Buffer.alloc(0));
    const cases: Record<string, { fault: Fault; want: string }> = {
      'closes within a line': { fault: cutInLine(2), want: 'ADDED a\nADDE' },
      'closes within a character': { fault: cutInLine(2, insideCharacter), want: 'ADDED a\nADDED \xc3' },
      'closes after some bytes': { fault: cutAfterBytes(10), want: 'ADDED a\nAD' },
    };
    for (const [sentence, { fault, want }] of Object.entries(cases)) {
      it(sentence, async () => {
        proxy.on({ verb: 'watch' }, fault);
        const [response, received] = await exchange(watchPods);
        received.open();
        for (const line of lines) await received.write(line);
        assert.deepEqual(await readAll(await response), { text: want, broken: true });
        await received.closed;
      });
    }

    for (const count of [0, 2]) {
      it(`says that the version is gone, after ${String(count)} lines`, async () => {
        proxy.on({ verb: 'watch' }, goneAfterLines(count));
        const [response, received] = await exchange(watchPods);
        received.open();
        for (const line of lines) await received.write(line);
        const { text, broken } = await readAll(await response);
        assert.equal(broken, false);
        const told = text.split('\n');
        assert.equal(told.length, count + 2);
        const event = JSON.parse(told[count] ?? '') as { type: string; object: { code: number; reason: string } };
        assert.deepEqual([event.type, event.object.code, event.object.reason], ['ERROR', 410, 'Expired']);
        await received.closed;
      });
    }

    it('resets what is meant, and nothing else', async () => {
      const [first, watched] = await exchange(watchPods);
      const [second, other] = await exchange('/api/v1/namespaces/shop/services?watch=true');
      watched.open();
      other.open();
      const [cut, kept] = await Promise.all([first, second]);
      proxy.reset({ resource: 'pods' });
      assert.deepEqual(await readAll(cut), { text: '', broken: true });
      await other.write('still there\n');
      other.end();
      assert.deepEqual(await readAll(kept), { text: 'still there\n', broken: false });
    });
  });

  describe('holds back', () => {
    it('the rest of a watch, until it is released', async () => {
      const [response, received] = await exchange(watchPods);
      received.open();
      const reader = ((await response).body as ReadableStream<Uint8Array>).getReader();
      await received.write('before\n');
      assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), 'before\n');
      const hold = proxy.hold({ verb: 'watch' });
      await received.write('held\n');
      let delivered = false;
      const next = reader.read().finally(() => {
        delivered = true;
      });
      await somethingElse();
      assert.equal(delivered, false);
      hold.release();
      assert.equal(Buffer.from((await next).value ?? []).toString(), 'held\n');
    });

    it('requests, which the server does not see before', async () => {
      const hold = proxy.hold();
      const response = send(pods, create);
      while (proxy.passed().length === 0) await new Promise(setImmediate);
      assert.deepEqual([proxy.passed()[0]?.forwarded, server.connections], [false, 0]);
      hold.release();
      (await server.next()).reply(201, {});
      assert.equal((await response).status, 201);
    });

    it('answers that were under way', async () => {
      const [response, received] = await exchange(pods, create);
      const hold = proxy.hold({ verb: 'create' });
      received.reply(201, {});
      let answered = false;
      const answer = response.finally(() => {
        answered = true;
      });
      await somethingElse();
      assert.equal(answered, false);
      hold.release();
      assert.equal((await answer).status, 201);
    });

    /** A request that comes and goes, in which time what is not held back would have come too. */
    async function somethingElse(): Promise<void> {
      const [response, received] = await exchange(pods);
      received.reply(200, {});
      assert.equal((await response).status, 200);
    }
  });

  describe('cut off', () => {
    it('resets everything and refuses, until it is mended', async () => {
      const [watching, received] = await exchange(watchPods);
      received.open();
      const open = await watching;
      await proxy.cut();
      assert.equal((await readAll(open)).broken, true);
      await received.closed;
      await assert.rejects(send(pods), ({ cause }: Error) => (cause as { code?: string }).code === 'ECONNREFUSED');
      await proxy.mend();
      const [response, again] = await exchange(pods);
      again.reply(200, {});
      assert.equal((await response).status, 200);
    });
  });

  describe('chooses', () => {
    beforeEach(() => {
      const serve = async (): Promise<void> => {
        (await server.next()).reply(200, {});
        return serve();
      };
      void serve();
    });

    /** The codes of so many requests, where 200 is the server's own. */
    async function codes(path: string, count: number): Promise<readonly number[]> {
      const seen: number[] = [];
      while (seen.length < count) seen.push((await send(path)).status);
      return seen;
    }

    it('by count', async () => {
      const rule = proxy.on({ skip: 1, times: 2 }, answer(500));
      assert.deepEqual(await codes(pods, 4), [200, 500, 500, 200]);
      assert.equal(rule.hits, 2);
      await rule.spent;
    });

    it('always, until the rule is removed', async () => {
      const rule = proxy.on({}, answer(503));
      assert.deepEqual(await codes(pods, 3), [503, 503, 503]);
      rule.remove();
      assert.deepEqual(await codes(pods, 1), [200]);
    });

    it('by what is asked for, and by a predicate', async () => {
      proxy.on({ resource: 'pods', namespace: 'shop', name: 'web-1' }, answer(409));
      proxy.on({ where: ({ query }) => query.has('continue') }, answer(410));
      const others = ['/api/v1/namespaces/shop/pods/web-2', '/api/v1/namespaces/bar/pods/web-1', pods];
      for (const path of others) assert.deepEqual(await codes(path, 1), [200]);
      assert.deepEqual(await codes(`${pods}/web-1`, 1), [409]);
      assert.deepEqual(await codes(`${pods}?continue=abc`, 1), [410]);
    });

    it('the oldest of several rules, and the next when that is spent', async () => {
      proxy.on({ times: 1 }, answer(500));
      proxy.on({}, answer(503));
      assert.deepEqual(await codes(pods, 2), [500, 503]);
    });
  });

  it('tells in the end of a hook that has thrown', async () => {
    proxy.on(
      { times: 1 },
      beforeForwarding(() => {
        throw new RangeError('a mistake');
      }),
    );
    await assert.rejects(send(pods));
    await assert.rejects(proxy.close(), /a mistake/);
    proxy = await FaultProxy.to(join(dir, 'kubeconfig'));
  });
});
