import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { beforeEach, describe, it } from 'mocha';
import { startDeadline, untilAborted } from '../../../src/kube/wire/deadline.ts';
import { DeadlineError } from '../../../src/kube/errors.ts';
import { FakeClock } from '../../support/clock.ts';

const reason = new Error('over');

describe('startDeadline', () => {
  let clock: FakeClock;
  let outer: AbortController;

  beforeEach(() => {
    clock = new FakeClock();
    outer = new AbortController();
  });

  it('aborts when the time is up', () => {
    const { signal } = startDeadline(clock, 100, outer.signal);
    clock.advance(99);
    assert.equal(signal.aborted, false);
    clock.advance(1);
    assert.ok(signal.reason instanceof DeadlineError);
  });

  it('aborts that long after it was restarted last', () => {
    const { signal, restart } = startDeadline(clock, 100, outer.signal);
    clock.advance(99);
    restart(200);
    restart(50);
    assert.deepEqual(clock.pending, [50]);
    clock.advance(49);
    assert.equal(signal.aborted, false);
    clock.advance(1);
    assert.ok(signal.reason instanceof DeadlineError);
  });

  it('aborts with the outer signal, or at once when that has', () => {
    const { signal } = startDeadline(clock, 100, outer.signal);
    outer.abort(reason);
    assert.equal(signal.reason, reason);
    assert.equal(startDeadline(clock, 100, outer.signal).signal.reason, reason);
  });

  it('follows the outer signal only, once disarmed', () => {
    const { signal, restart, disarm } = startDeadline(clock, 100, outer.signal);
    restart(200);
    disarm();
    clock.advance(1000);
    assert.equal(signal.aborted, false);
    outer.abort(reason);
    assert.equal(signal.reason, reason);
  });

  it('leaves nothing behind when released', () => {
    const deadline = startDeadline(clock, 100, outer.signal);
    deadline.restart(200);
    deadline.release();
    assert.deepEqual([clock.pending, getEventListeners(outer.signal, 'abort').length], [[], 0]);
  });
});

describe('untilAborted', () => {
  const never = new Promise<never>(() => undefined);

  it('gives what the promise gives, and lets go of the signal', async () => {
    const { signal } = new AbortController();
    assert.equal(await untilAborted(Promise.resolve(1), signal), 1);
    await assert.rejects(untilAborted(Promise.reject(reason), signal), reason);
    await new Promise(setImmediate);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('rejects when the signal aborts, or has aborted', async () => {
    const lifetime = new AbortController();
    const waiting = assert.rejects(untilAborted(never, lifetime.signal), reason);
    lifetime.abort(reason);
    await waiting;
    await assert.rejects(untilAborted(never, lifetime.signal), reason);
  });
});
