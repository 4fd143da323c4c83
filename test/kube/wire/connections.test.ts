import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { startBench, type Bench } from '../../support/transport.ts';

const probeAfterSeconds = 15;

describe('The connections to the API server', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench();
  });

  afterEach(async () => {
    await bench.stop();
  });

  it('find out about a dead server while a watch is silent', async function () {
    // Only Linux tells which timers run for a connection.
    if (process.platform !== 'linux') this.skip();
    const { server, transport } = bench;
    const watch = transport.lines({ verb: 'watch', resource: 'pods', path: '/p' });
    const line = watch.next();
    const received = await server.next();
    // An answer, so that nothing the client has sent is still to be acknowledged: that would be another timer.
    await received.open().write('{}\n');
    await line;
    const seconds = secondsToProbe(received.socket);
    assert.ok(seconds > 0 && seconds <= probeAfterSeconds, `the next probe is due in ${seconds} s`);
    await watch.return();
  });
});

/** When TCP will ask the client's end of a connection for a sign of life, from the line that the kernel keeps of it. */
function secondsToProbe({ remotePort = 0, localPort = 0 }: Socket): number {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
  const line = new RegExp(`:${hex(remotePort)} \\w+:${hex(localPort)} 01 \\w+:\\w+ 02:(?<centiseconds>\\w+)`);
  const found = line.exec(readFileSync('/proc/net/tcp', 'latin1'));
  return parseInt(found?.groups?.['centiseconds'] ?? '', 16) / 100;
}
