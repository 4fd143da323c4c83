import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { beforeEach, describe, it } from 'mocha';
import { startDeadline } from '../../../src/kube/wire/deadline.ts';
import { kubeMetrics } from '../../../src/kube/metrics.ts';
import { RateLimit, type Rate } from '../../../src/kube/wire/rate-limit.ts';
import { FakeClock } from '../../support/clock.ts';
import { RecordingMeter } from '../../support/recording.ts';

const reason = new Error('over');
const hourMs = 3_600_000;
const tickMs = 10;

/** A limit and those who ask for a token, each by the number of its asking. */
class Line {
  readonly clock = new FakeClock();
  readonly meter = new RecordingMeter();
  /** Who has a token, in order of getting it. */
  readonly gone: number[] = [];
  readonly failed = new Map<number, unknown>();
  asked = 0;
  readonly #limit: RateLimit;
  readonly #lifetimes: AbortController[] = [];

  constructor(rate: Rate) {
    this.#limit = new RateLimit(rate, this);
  }

  ask(signal = this.#newSignal()): void {
    const number = this.asked++;
    void this.#limit.take(signal).then(
      () => this.gone.push(number),
      (error: unknown) => this.failed.set(number, error),
    );
  }

  leave(number: number): void {
    this.#lifetimes[number]?.abort(reason);
  }

  /** Moves time on, and lets those who were let go say so. */
  async after(ms: number): Promise<readonly number[]> {
    this.clock.advance(ms);
    await new Promise(setImmediate);
    return this.gone;
  }

  #newSignal(): AbortSignal {
    const lifetime = new AbortController();
    this.#lifetimes[this.asked] = lifetime;
    return lifetime.signal;
  }
}

describe('RateLimit', () => {
  let line: Line;

  beforeEach(() => {
    line = new Line({ perSecond: 10, burst: 3 });
  });

  function ask(times: number): void {
    for (let count = 0; count < times; count++) line.ask();
  }

  it('lets a burst go at once, and then one after the other, in order of asking', async () => {
    ask(5);
    assert.deepEqual(await line.after(0), [0, 1, 2]);
    assert.deepEqual(await line.after(99), [0, 1, 2]);
    assert.deepEqual(await line.after(1), [0, 1, 2, 3]);
    assert.deepEqual(await line.after(100), [0, 1, 2, 3, 4]);
  });

  it('keeps a burst for later, and no more than that', async () => {
    await line.after(hourMs);
    ask(4);
    assert.deepEqual(await line.after(0), [0, 1, 2]);
  });

  it('lets nobody overtake who came when a token was about to be free', async () => {
    ask(4);
    await line.after(99);
    ask(1);
    assert.deepEqual(await line.after(1), [0, 1, 2, 3]);
  });

  it('uses no token for those who leave, whether at the head or inside', async () => {
    ask(7);
    line.leave(3);
    line.leave(5);
    assert.deepEqual(await line.after(0), [0, 1, 2]);
    assert.deepEqual(
      [...line.failed],
      [3, 5].map((number) => [number, reason]),
    );
    assert.deepEqual(await line.after(100), [0, 1, 2, 4]);
    assert.deepEqual(await line.after(100), [0, 1, 2, 4, 6]);
  });

  it('uses no token for those who had left before they asked', async () => {
    line.ask(AbortSignal.abort(reason));
    ask(4);
    assert.deepEqual(await line.after(0), [1, 2, 3]);
    assert.equal(line.failed.get(0), reason);
  });

  it('lets go of timer and signal, for those who leave and for those who go', async () => {
    const going = new AbortController();
    const leaving = new AbortController();
    for (let count = 0; count < 3; count++) line.ask(going.signal);
    for (let count = 0; count < 2; count++) line.ask(leaving.signal);
    await line.after(0);
    assert.deepEqual(line.clock.pending, [100]);
    leaving.abort(reason);
    await line.after(0);
    assert.deepEqual(line.clock.pending, []);
    for (const { signal } of [going, leaving]) assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });

  it('says that it was the turn that did not come in time', async () => {
    ask(3);
    line.ask(startDeadline(line.clock, 50, undefined).signal);
    await line.after(50);
    assert.equal(String(line.failed.get(3)), 'DeadlineError: No turn under the rate limit within 50 ms');
  });

  it('is not thrown off by a clock that is set back', async () => {
    ask(3);
    await line.after(-hourMs);
    ask(1);
    assert.deepEqual(await line.after(99), [0, 1, 2]);
    assert.deepEqual(await line.after(1), [0, 1, 2, 3]);
  });

  it('measures every wait, also one that was given up', async () => {
    ask(5);
    line.leave(4);
    await line.after(100);
    assert.equal(line.meter.value(kubeMetrics.rateLimitSeconds, {}), 5);
  });

  it('never lets go more than it may, keeps the order, and lets everybody go in the end', async () => {
    const rate = fc.record({ perSecond: fc.integer({ min: 1, max: 200 }), burst: fc.integer({ min: 1, max: 10 }) });
    const step = fc.record({ asking: fc.nat(4), leaving: fc.option(fc.nat(40)), ticks: fc.nat(20) });
    await fc.assert(
      fc.asyncProperty(rate, fc.array(step, { maxLength: 20 }), async (limits, steps) => {
        line = new Line(limits);
        /** How many had gone at the end of each tick. */
        const gone: number[] = [0];
        for (const { asking, leaving, ticks } of steps) {
          ask(asking);
          if (leaving !== null) line.leave(leaving);
          for (let tick = 0; tick <= ticks; tick++) gone.push((await line.after(tickMs)).length);
        }
        assertWithin(limits, gone);
        await line.after(hourMs);
        const stayed = Array.from({ length: line.asked }, (_, number) => number).filter((n) => !line.failed.has(n));
        assert.deepEqual(line.gone, stayed);
      }),
      { numRuns: 50 },
    );
  });
});

/** In no span of time did more go than a burst and what the span itself allows. */
function assertWithin({ perSecond, burst }: Rate, gone: readonly number[]): void {
  for (const [from, before] of gone.entries()) {
    for (const [to, after] of gone.entries()) {
      const allowed = burst + ((to - from) * tickMs * perSecond) / 1000;
      assert.ok(to <= from || after - before <= allowed, `${after - before} went between ticks ${from} and ${to}`);
    }
  }
}
