import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { ApiError, ConnectionError, UnknownOutcomeError } from '../../../src/kube/errors.ts';
import type { Transport, KubeRequest } from '../../../src/kube/transport.ts';
import { selfSigned, type Certificate } from '../../support/certificate.ts';
import { CredentialsBench } from '../../support/credentials-bench.ts';
import { failure } from '../../support/kube-objects.ts';

const get: KubeRequest = { verb: 'get', resource: 'pods', path: '/p' };
const create: KubeRequest = { verb: 'create', resource: 'pods', path: '/p', body: {} };
const unauthorized = failure(401, 'Unauthorized');

describe('Credentials', () => {
  let bench: CredentialsBench;

  beforeEach(async () => {
    bench = await CredentialsBench.start();
  });

  afterEach(() => bench.stop());

  const cases: Record<string, { user: object; want: Record<string, string | undefined> }> = {
    'a token': { user: { token: 't' }, want: { authorization: 'Bearer t' } },
    'a user name and password': { user: { username: 'u', password: 'p' }, want: { authorization: 'Basic dTpw' } },
    nothing: { user: {}, want: { authorization: undefined } },
  };
  for (const [sentence, { user, want }] of Object.entries(cases)) {
    it(`send ${sentence}`, async () => {
      const { headers } = await bench.received(bench.transportFor(user));
      for (const [name, value] of Object.entries(want)) assert.equal(headers[name], value);
    });
  }

  it('are refused when the server does not know them', async () => {
    const answer = bench.transportFor({ token: 't' }).request(get);
    (await bench.server.next()).reply(401, unauthorized);
    await assert.rejects(answer, { name: 'ApiError', status: 401 });
    assert.equal(bench.server.waiting, 0);
  });

  describe('in a file', () => {
    let file: string;
    let transport: Transport;

    beforeEach(async () => {
      file = join(bench.folder, 'token');
      await writeFile(file, 'first\n');
      transport = bench.transportFor({ authProvider: { name: 'tokenFile', config: { tokenFile: file } } });
      assert.equal((await bench.received(transport)).headers.authorization, 'Bearer first');
      await writeFile(file, 'second\n');
    });

    it('are read again after a minute', async () => {
      bench.clock.advance(59_999);
      assert.equal((await bench.received(transport)).headers.authorization, 'Bearer first');
      bench.clock.advance(1);
      assert.equal((await bench.received(transport)).headers.authorization, 'Bearer second');
    });

    it('are read again at once when the server refuses them, for a write too: it was not begun', async () => {
      const answer = transport.request(create);
      (await bench.server.next()).reply(401, unauthorized);
      const again = await bench.server.next();
      assert.deepEqual([again.method, again.headers.authorization], ['POST', 'Bearer second']);
      again.reply(201, { made: true });
      assert.deepEqual(await answer, { made: true });
    });

    it('are tried twice and no more', async () => {
      const answer = transport.request(get);
      (await bench.server.next()).reply(401, unauthorized);
      (await bench.server.next()).reply(401, unauthorized);
      await assert.rejects(answer, ApiError);
      assert.equal(bench.server.waiting, 0);
    });

    it('are used on while the file cannot be read', async () => {
      await rm(file);
      bench.clock.advance(60_000);
      assert.equal((await bench.received(transport)).headers.authorization, 'Bearer first');
      assert.deepEqual(
        bench.log.lines.map(({ level, message }) => [level, message]),
        [['error', 'Credentials were not renewed']],
      );
    });

    it('that was never there fail the call before it is sent', async () => {
      const missing = { name: 'tokenFile', config: { tokenFile: join(bench.folder, 'missing') } };
      await assert.rejects(bench.transportFor({ authProvider: missing }).request(create), ConnectionError);
      assert.equal(bench.server.waiting, 0);
    });
  });

  describe('of TLS', () => {
    let certificates: Record<'server' | 'first' | 'second', Certificate>;

    before(() => {
      certificates = { server: selfSigned('server'), first: selfSigned('first'), second: selfSigned('second') };
    });

    beforeEach(() => bench.secure(certificates.server));

    const trusting = () => ({ skipTLSVerify: false, caData: base64(certificates.server.cert) });
    const base64 = (text: string) => Buffer.from(text).toString('base64');

    it('trust the server whose authority is given', async () => {
      assert.equal(
        (await bench.received(bench.transportFor({ token: 't' }, trusting()))).headers.authorization,
        'Bearer t',
      );
    });

    it('send nothing to a server they do not trust', async () => {
      const transport = bench.transportFor({ token: 't' }, { skipTLSVerify: false });
      await assert.rejects(transport.request(create), (error) => {
        return error instanceof ConnectionError && !(error instanceof UnknownOutcomeError);
      });
      assert.equal(bench.server.waiting, 0);
    });

    it('trust any server when told to', async () => {
      assert.equal((await bench.received(bench.transportFor({ token: 't' }, { skipTLSVerify: true }))).method, 'GET');
    });

    it('present the client’s certificate', async () => {
      const { cert, key } = certificates.first;
      const user = { certData: base64(cert), keyData: base64(key) };
      assert.equal((await bench.received(bench.transportFor(user, trusting()))).clientName, 'first');
    });

    it('present the new certificate when it has changed, over connections of its own', async () => {
      const [certFile, keyFile] = [join(bench.folder, 'cert'), join(bench.folder, 'key')];
      const write = async ({ cert, key }: Certificate) => {
        await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key)]);
      };
      await write(certificates.first);
      const transport = bench.transportFor({ certFile, keyFile }, trusting());
      assert.equal((await bench.received(transport)).clientName, 'first');
      const pending = transport.request({ ...get, timeoutMs: 120_000 });
      const early = await bench.server.next();
      await write(certificates.second);
      bench.clock.advance(60_000);
      assert.equal((await bench.received(transport)).clientName, 'second');
      early.reply(200, { old: true });
      assert.deepEqual(await pending, { old: true });
    });
  });
});
