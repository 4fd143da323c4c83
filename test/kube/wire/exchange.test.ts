import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Pool } from 'undici';
import { Exchange, textOf } from '../../../src/kube/wire/exchange.ts';
import { ScriptedServer } from '../../support/scripted-server.ts';

describe('Exchange', () => {
  const outgoing = { method: 'GET', path: '/', headers: {} };
  let server: ScriptedServer;
  let pool: Pool;
  let lifetime: AbortController;
  let exchange: Exchange;

  beforeEach(async () => {
    server = await ScriptedServer.start();
    pool = new Pool(server.url);
    lifetime = new AbortController();
    exchange = new Exchange(pool, outgoing, lifetime.signal);
  });

  afterEach(async () => {
    await pool.destroy();
    await server.stop();
  });

  it('is sent once its request may have left', async () => {
    assert.equal(exchange.sent, false);
    await server.next();
    assert.equal(exchange.sent, true);
    lifetime.abort(new Error('over'));
    await assert.rejects(exchange.incoming);
  });

  it('sends nothing when its signal has aborted', async () => {
    const reason = new Error('over');
    const late = new Exchange(pool, outgoing, AbortSignal.abort(reason));
    await assert.rejects(late.incoming, reason);
    (await server.next()).reply(200, '');
    await textOf((await exchange.incoming).body);
    assert.deepEqual([late.sent, server.connections, server.waiting], [false, 1, 0]);
  });

  it('lets go of its signal when the answer has ended, or failed', async () => {
    (await server.next()).reply(200, 'text');
    assert.equal(await textOf((await exchange.incoming).body), 'text');
    assert.equal(getEventListeners(lifetime.signal, 'abort').length, 0);
    const failing = new Exchange(pool, outgoing, lifetime.signal);
    (await server.next()).reset();
    await assert.rejects(failing.incoming);
    assert.equal(getEventListeners(lifetime.signal, 'abort').length, 0);
  });

  it('fails for the reader, and nobody else, when it aborts before the body is read', async () => {
    const received = await server.next();
    await received.open().write('half');
    const { body } = await exchange.incoming;
    const reason = new Error('over');
    lifetime.abort(reason);
    await received.closed;
    await assert.rejects(textOf(body), reason);
  });
});

describe('textOf', () => {
  const text = 'a character of each length: a é € 🙂';

  it('puts characters together that were cut anywhere', async () => {
    const bytes = [...Buffer.from(text)].map((byte) => Buffer.of(byte));
    assert.equal(await textOf(Readable.from(bytes, { objectMode: false })), text);
  });

  it('shows that a character is not whole', async () => {
    const cut = Buffer.from(text).subarray(0, -1);
    assert.equal(await textOf(Readable.from([cut], { objectMode: false })), text.replace('🙂', '\u{fffd}'));
  });
});
