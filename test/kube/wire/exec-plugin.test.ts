import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { errorMessage } from '../../../src/base/errors.ts';
import { ConnectionError, DeadlineError } from '../../../src/kube/errors.ts';
import type { Transport, KubeRequest } from '../../../src/kube/transport.ts';
import { selfSigned } from '../../support/certificate.ts';
import { CredentialsBench } from '../../support/credentials-bench.ts';
import { failure } from '../../support/kube-objects.ts';

const get: KubeRequest = { verb: 'get', resource: 'pods', path: '/p' };
const create: KubeRequest = { verb: 'create', resource: 'pods', path: '/p', body: {} };
const watch: KubeRequest = { verb: 'watch', resource: 'pods', path: '/p' };
const unauthorized = failure(401, 'Unauthorized');

const secondMs = 1_000;
const minuteMs = 60_000;
const lookUpTimeoutMs = 20_000;

/** Keeps count of its calls, and hands out what it is told to, or else a new token at each call. */
const plugin = `
  const { appendFileSync, readFileSync } = require('node:fs');
  const [, calls, orders] = process.argv;
  appendFileSync(calls, 'x');
  const { says, exitCode, ...status } = JSON.parse(readFileSync(orders));
  const token = 'call-' + readFileSync(calls).length;
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token, ...status } };
  if (exitCode !== undefined) console.error(says);
  else console.log(says ?? JSON.stringify(credential));
  process.exitCode = exitCode;
`;

describe('Credentials from an exec plugin', () => {
  let bench: CredentialsBench;
  let calls: string;

  beforeEach(async () => {
    bench = await CredentialsBench.start();
    calls = join(bench.folder, 'calls');
  });

  afterEach(() => bench.stop());

  /** Tells the plugin what to do from now on: members of its status, or how to fail. */
  async function order(orders: object): Promise<void> {
    await writeFile(join(bench.folder, 'orders'), JSON.stringify(orders));
  }

  async function transportOf(orders: object): Promise<Transport> {
    await order(orders);
    return bench.transportFor({ exec: execOf(plugin, calls, join(bench.folder, 'orders')) });
  }

  function endingIn(ms: number): { readonly expirationTimestamp: string } {
    return { expirationTimestamp: new Date(bench.clock.now() + ms).toISOString() };
  }

  async function tokenOf(transport: Transport): Promise<string | undefined> {
    return (await bench.received(transport)).headers.authorization?.replace('Bearer ', '');
  }

  /** Until the plugin, if it is running, has been heard: a lookup has a deadline, which nothing else here waits for. */
  async function settled(): Promise<void> {
    while (bench.clock.pending.includes(lookUpTimeoutMs)) await new Promise(setImmediate);
  }

  async function timesCalled(): Promise<number> {
    await settled();
    return (await readFile(calls, 'utf8')).length;
  }

  it('are asked for once by however many calls at the same time', async () => {
    const transport = await transportOf({});
    const answers = Array.from({ length: 5 }, () => transport.request(get));
    for (let count = 0; count < 5; count++) {
      const request = await bench.server.next();
      assert.equal(request.headers.authorization, 'Bearer call-1');
      request.reply(200, {});
    }
    await Promise.all(answers);
    assert.equal(await timesCalled(), 1);
  });

  it('are not asked for again while they last', async () => {
    const transport = await transportOf(endingIn(60 * minuteMs));
    await bench.received(transport);
    bench.clock.advance(59 * minuteMs - 1);
    assert.equal(await tokenOf(transport), 'call-1');
    assert.equal(await timesCalled(), 1);
  });

  it('are not asked for again when files, which may have changed, are read again', async () => {
    const caFile = join(bench.folder, 'ca');
    await writeFile(caFile, '');
    await order({});
    const transport = bench.transportFor({ exec: execOf(plugin, calls, join(bench.folder, 'orders')) }, { caFile });
    await bench.received(transport);
    bench.clock.advance(minuteMs);
    await bench.received(transport);
    assert.equal(await timesCalled(), 1);
  });

  it('are never asked for again when they have no end', async () => {
    const transport = await transportOf({});
    await bench.received(transport);
    bench.clock.advance(1000 * 60 * minuteMs);
    assert.equal(await tokenOf(transport), 'call-1');
    assert.equal(await timesCalled(), 1);
  });

  it('are renewed a minute before they end, while calls go on with the old ones', async () => {
    const transport = await transportOf(endingIn(60 * minuteMs));
    await bench.received(transport);
    bench.clock.advance(59 * minuteMs);
    await order(endingIn(60 * minuteMs));
    assert.equal(await tokenOf(transport), 'call-1');
    await settled();
    assert.equal(await tokenOf(transport), 'call-2');
    bench.clock.advance(58 * minuteMs);
    assert.equal(await tokenOf(transport), 'call-2');
    assert.equal(await timesCalled(), 2);
  });

  it('are renewed in the middle of a short life', async () => {
    const transport = await transportOf(endingIn(40 * secondMs));
    await bench.received(transport);
    bench.clock.advance(20 * secondMs - 1);
    await bench.received(transport);
    assert.equal(await timesCalled(), 1);
    bench.clock.advance(1);
    await bench.received(transport);
    assert.equal(await timesCalled(), 2);
  });

  it('are waited for when the old ones have ended', async () => {
    const transport = await transportOf(endingIn(60 * minuteMs));
    await bench.received(transport);
    bench.clock.advance(60 * minuteMs);
    assert.equal(await tokenOf(transport), 'call-2');
  });

  it('that are said to have ended already are taken for ten seconds', async () => {
    const transport = await transportOf(endingIn(-minuteMs));
    await bench.received(transport);
    bench.clock.advance(5 * secondMs - 1);
    assert.equal(await tokenOf(transport), 'call-1');
    assert.equal(await timesCalled(), 1);
    bench.clock.advance(5 * secondMs + 1);
    assert.equal(await tokenOf(transport), 'call-2');
  });

  describe('that cannot be renewed', () => {
    let transport: Transport;

    beforeEach(async () => {
      transport = await transportOf(endingIn(60 * minuteMs));
      await bench.received(transport);
      bench.clock.advance(59 * minuteMs);
      await order({ exitCode: 3, says: 'The session\n  has ended' });
      await bench.received(transport);
      await settled();
    });

    it('are told of, and used on until they end', async () => {
      const text = `The exec plugin ${process.execPath} ended with exit code 3. The session has ended`;
      assert.deepEqual(
        bench.log.lines.map(({ level, message, fields }) => [level, message, errorMessage(fields['error'])]),
        [['error', 'Credentials were not renewed', text]],
      );
      assert.equal(await tokenOf(transport), 'call-1');
      bench.clock.advance(minuteMs);
      await assert.rejects(transport.request(create), { name: 'ConnectionError', message: new RegExp(text) });
      assert.equal(bench.server.waiting, 0);
    });

    it('are asked for again after ten seconds', async () => {
      bench.clock.advance(10 * secondMs - 1);
      await bench.received(transport);
      assert.equal(await timesCalled(), 2);
      await order({});
      bench.clock.advance(1);
      await bench.received(transport);
      await settled();
      assert.equal(await tokenOf(transport), 'call-3');
    });
  });

  it('that end while they are being renewed in vain fail the next call, and nothing else', async () => {
    const transport = await transportOf(endingIn(60 * minuteMs));
    await bench.received(transport);
    await order({ exitCode: 3, says: 'no session' });
    bench.clock.advance(60 * minuteMs - secondMs);
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    process.on('unhandledRejection', note);
    const answer = transport.request(get);
    const request = await bench.server.next();
    assert.ok(bench.clock.pending.includes(lookUpTimeoutMs));
    bench.clock.advance(secondMs);
    request.reply(200, {});
    await answer;
    await settled();
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
    await assert.rejects(transport.request(get), { name: 'ConnectionError', message: /no session/ });
  });

  describe('that the server refuses', () => {
    it('are asked for again, once for all calls, however long they were to last', async () => {
      const transport = await transportOf(endingIn(60 * minuteMs));
      const answers = [transport.request(get), transport.request(create)];
      const refused = [await bench.server.next(), await bench.server.next()];
      for (const request of refused) {
        request.reply(401, unauthorized);
        const again = await bench.server.next();
        assert.equal(again.headers.authorization, 'Bearer call-2');
        again.reply(200, {});
      }
      await Promise.all(answers);
      assert.equal(await timesCalled(), 2);
    });

    it('are asked for again by what follows a watch', async () => {
      const transport = await transportOf({});
      const line = transport.lines(watch).next();
      (await bench.server.next()).reply(401, unauthorized);
      await assert.rejects(line, { name: 'ApiError', status: 401 });
      assert.equal(await tokenOf(transport), 'call-2');
    });
  });

  it('from a plugin that hangs fail the calls that wait, naming it; it is killed, and run again', async () => {
    const alive = createServer().listen(0, '127.0.0.1');
    await once(alive.unref(), 'listening');
    const hang = `require('node:net').connect(process.argv[1]); process.on('SIGTERM', () => {})`;
    const transport = bench.transportFor({ exec: execOf(hang, String((alive.address() as AddressInfo).port)) });
    for (let times = 0; times < 2; times++) {
      const running = once(alive, 'connection') as Promise<[Socket]>;
      const impatient = transport.request({ ...create, timeoutMs: 10 * secondMs });
      const first = assert.rejects(impatient, { name: 'DeadlineError', message: 'No credential within 10000 ms' });
      const message = `No credential from the exec plugin ${process.execPath} within 20000 ms`;
      const second = assert.rejects(transport.request(create), { name: 'DeadlineError', message });
      const [socket] = await running;
      const ended = once(
        socket
          .unref()
          .resume()
          .on('error', () => undefined),
        'close',
      );
      await bench.clock.elapse(10 * secondMs);
      await first;
      bench.clock.advance(lookUpTimeoutMs - 10 * secondMs);
      await Promise.all([second, ended]);
    }
    assert.equal(bench.server.waiting, 0);
    alive.close();
  });

  const failures: Record<string, { orders: object; says: RegExp }> = {
    'ends without a word': { orders: { exitCode: 1, says: '' }, says: /ended with exit code 1\.$/ },
    'says a lot': { orders: { exitCode: 1, says: `${'-'.repeat(9999)}so it ends` }, says: /1\. -{490}so it ends$/ },
    'answers with something else': { orders: { says: 'secret' }, says: /answered with no ExecCredential that holds/ },
    'answers with nothing': { orders: { says: 'null' }, says: /answered with no ExecCredential that holds/ },
    'gives no token': { orders: { token: '' }, says: /that holds a token, or a certificate and its key$/ },
    'gives a certificate without its key': {
      orders: { token: null, clientCertificateData: 'secret' },
      says: /that holds a token, or a certificate and its key$/,
    },
    'gives no proper time': { orders: { expirationTimestamp: 'soon' }, says: /answered with no ExecCredential/ },
  };
  for (const [sentence, { orders, says }] of Object.entries(failures)) {
    it(`from a plugin that ${sentence} fail the call before it is sent`, async () => {
      const transport = await transportOf(orders);
      await assert.rejects(transport.request(create), (error: Error) => {
        assert.ok(error instanceof ConnectionError && !(error instanceof DeadlineError));
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
      assert.equal(bench.server.waiting, 0);
    });
  }

  it('from a plugin that does not exist say how to get it', async () => {
    const command = join(bench.folder, 'missing');
    const transport = bench.transportFor({ exec: { command, installHint: 'Get it\nfrom us.' } });
    const message = `No answer: get pods: The exec plugin ${command} was not found. Get it from us.`;
    await assert.rejects(transport.request(get), { name: 'ConnectionError', message });
  });

  it('from a plugin are asked for in the surroundings and the version that it wants', async () => {
    const tell = `
      const { PATH, REGION, KUBERNETES_EXEC_INFO } = process.env;
      const token = Buffer.from(JSON.stringify({ PATH, REGION, info: JSON.parse(KUBERNETES_EXEC_INFO) })).toString('hex');
      console.log(JSON.stringify({ status: { token } }));
    `;
    const apiVersion = 'client.authentication.k8s.io/v1beta1';
    const env = [{ name: 'REGION', value: 'eu-1' }];
    const transport = bench.transportFor({ exec: { ...execOf(tell), apiVersion, env } });
    const told: unknown = JSON.parse(Buffer.from((await tokenOf(transport)) ?? '', 'hex').toString());
    const info = { kind: 'ExecCredential', apiVersion, spec: { interactive: false } };
    assert.deepEqual(told, { PATH: process.env['PATH'], REGION: 'eu-1', info });
  });

  it('are not asked for when there is a token in the kubeconfig itself', async () => {
    const transport = bench.transportFor({ token: 't', exec: { command: join(bench.folder, 'missing') } });
    assert.equal(await tokenOf(transport), 't');
  });

  it('can be a certificate, and a new one over new connections', async () => {
    const own = selfSigned('server');
    await bench.secure(own);
    const certificateOf = (name: string) => {
      const { cert, key } = selfSigned(name);
      return { token: null, clientCertificateData: cert, clientKeyData: key, ...endingIn(60 * minuteMs) };
    };
    await order(certificateOf('first'));
    const exec = execOf(plugin, calls, join(bench.folder, 'orders'));
    const caData = Buffer.from(own.cert).toString('base64');
    const transport = bench.transportFor({ exec }, { skipTLSVerify: false, caData });
    assert.equal((await bench.received(transport)).clientName, 'first');
    await order(certificateOf('second'));
    bench.clock.advance(60 * minuteMs);
    assert.equal((await bench.received(transport)).clientName, 'second');
  });
});

function execOf(script: string, ...args: readonly string[]) {
  return { command: process.execPath, args: ['-e', script, ...args] };
}
