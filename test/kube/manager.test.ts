import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { silentLog } from '../../src/base/log.ts';
import { noMeter } from '../../src/base/meter.ts';
import { Client } from '../../src/kube/client.ts';
import type { Controller, ReconcileContext } from '../../src/kube/controller.ts';
import { cache, Manager } from '../../src/kube/manager.ts';
import type { KubeRequest, Transport } from '../../src/kube/transport.ts';
import { FakeClock } from '../support/clock.ts';
import { pod, podList, pods } from '../support/kube-objects.ts';

/** Answers every list at once, and no watch, until its signal aborts. */
const cluster: Pick<Transport, 'request' | 'lines'> = {
  request: async <T>({ verb }: KubeRequest): Promise<T> => {
    if (verb !== 'list') throw new Error(`Unexpected ${verb}`);
    return podList(7, [pod('a', 1), pod('b', 2), pod('c', 3)]) as T;
  },
  async *lines({ signal }: KubeRequest) {
    if (signal?.aborted === false) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    yield* [];
  },
};

/** A manager whose reconciles go on until the test ends them. */
class Bench {
  readonly clock = new FakeClock();
  readonly stop = new AbortController();
  readonly lifetime = new AbortController();
  readonly begun: string[] = [];
  context: ReconcileContext | undefined;
  /** Ends the reconcile under way. */
  finish: () => void = () => undefined;
  hasEnded = false;
  readonly ended: Promise<void>;

  constructor() {
    const controller: Controller = {
      name: 'pods',
      resource: pods,
      watches: [],
      reconcile: (key, context) => {
        this.begun.push(key);
        this.context = context;
        return new Promise((resolve) => {
          this.finish = () => resolve(undefined);
          context.signal.addEventListener('abort', this.finish);
        });
      },
    };
    const common = { clock: this.clock, log: silentLog, meter: noMeter, random: () => 0, concurrency: 1 };
    const caches = [cache({ resource: pods })];
    const manager = new Manager({ client: new Client(cluster), caches, controllers: [controller], ...common });
    this.ended = manager.run(this.stop.signal, this.lifetime.signal).then(() => {
      this.hasEnded = true;
    });
  }
}

describe('Manager', () => {
  it('begins nothing more when it is to stop, and lets what is under way finish', async () => {
    const bench = new Bench();
    await setImmediate();
    bench.stop.abort();
    bench.clock.advance(1_000);
    await setImmediate();
    assert.equal(bench.hasEnded, false);
    assert.equal(bench.context?.signal.aborted, false);
    bench.finish();
    await bench.ended;
    assert.deepEqual(bench.begun, ['default/a']);
    assert.equal(bench.context.signal.aborted, true, 'events could still be written');
  });

  it('cuts off what is still under way two seconds after it was to stop', async () => {
    const bench = new Bench();
    await setImmediate();
    bench.stop.abort();
    await setImmediate();
    bench.clock.advance(2_000);
    await bench.ended;
    assert.deepEqual(bench.begun, ['default/a']);
  });

  it('drops everything at once when its lifetime is over', async () => {
    const bench = new Bench();
    await setImmediate();
    bench.lifetime.abort();
    await bench.ended;
    assert.deepEqual(bench.begun, ['default/a']);
  });

  it('begins nothing when it is to stop before the first list is there', async () => {
    const bench = new Bench();
    bench.stop.abort();
    await bench.ended;
    assert.deepEqual(bench.begun, []);
  });
});
