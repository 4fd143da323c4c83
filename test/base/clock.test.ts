import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { instantOf, sleep, systemClock } from '../../src/base/clock.ts';
import { FakeClock } from '../support/clock.ts';

/** Whether the promise has settled by the time that everything due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise.then(() => undefined), tick().then(() => pending)])) !== pending;
}

async function tick(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

describe('instantOf', () => {
  it('has whole seconds in its text and milliseconds in its number', () => {
    const epochMs = Date.parse('2026-02-03T04:05:06.789Z');
    assert.deepEqual(instantOf(epochMs), { epochMs, iso: '2026-02-03T04:05:06Z' });
  });
});

describe('sleep', () => {
  it('ends after its time', async () => {
    const clock = new FakeClock();
    const slept = sleep(clock, 1000, new AbortController().signal);
    clock.advance(999);
    assert.equal(await isSettled(slept), false);
    clock.advance(1);
    assert.equal(await isSettled(slept), true);
  });

  it('ends when it is aborted, without an error, and leaves no timer behind', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const slept = sleep(clock, 1000, stop.signal);
    stop.abort();
    await slept;
    assert.deepEqual(clock.pending, []);
  });

  it('does not begin when it is aborted already', async () => {
    const clock = new FakeClock();
    await sleep(clock, 1000, AbortSignal.abort());
    assert.deepEqual(clock.pending, []);
  });

  it('leaves no listener behind: a signal outlives many of them', async () => {
    const clock = new FakeClock();
    const { signal } = new AbortController();
    let listeners = 0;
    signal.addEventListener = () => void listeners++;
    signal.removeEventListener = () => void listeners--;
    const slept = sleep(clock, 1000, signal);
    assert.equal(listeners, 1);
    clock.advance(1000);
    await slept;
    assert.equal(listeners, 0);
  });
});

describe('systemClock', () => {
  const due = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      systemClock.after(delayMs, resolve);
    });

  it('runs what is due, and not what was cancelled', async () => {
    const cancel = systemClock.after(0, () => assert.fail('cancelled'));
    cancel();
    await due(1);
  });

  it('waits for a time longer than timers can count', async () => {
    const cancel = systemClock.after(Number.MAX_SAFE_INTEGER, () => assert.fail('at once'));
    await due(3);
    cancel();
  });
});
