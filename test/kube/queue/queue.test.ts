import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { kubeMetrics } from '../../../src/kube/metrics.ts';
import { Queue } from '../../../src/kube/queue/queue.ts';
import { FakeClock } from '../../support/clock.ts';
import { RecordingMeter } from '../../support/recording.ts';

describe('Queue', () => {
  let clock: FakeClock;
  let meter: RecordingMeter;
  let queue: Queue;
  let lifetime: AbortController;
  let next: () => Promise<string | undefined>;

  beforeEach(() => {
    clock = new FakeClock();
    meter = new RecordingMeter();
    queue = new Queue({ clock, random: () => 0, meter, name: 'q' });
    lifetime = new AbortController();
    next = () => queue.next(lifetime.signal);
  });

  it('hands keys out in the order in which they became ready', async () => {
    queue.addAfter('late', 5);
    for (const key of ['a', 'b', 'c', 'a']) queue.add(key);
    clock.advance(5);
    assert.equal(queue.size, 4);
    assert.deepEqual([await next(), await next(), await next(), await next()], ['a', 'b', 'c', 'late']);
    assert.equal(queue.size, 0);
  });

  const turns: Record<string, { readonly keys: string; readonly want: string }> = {
    'of one namespace: first come, first served': { keys: 'x/a x/b x/c', want: 'x/a x/b x/c' },
    'of two in turn, the one that came first first': { keys: 'y/a y/b y/c x/a x/b', want: 'y/a x/a y/b x/b y/c' },
    'of all in turn, whatever they have': { keys: 'x/a x/b x/c y/a z/a z/b', want: 'x/a y/a z/a x/b z/b x/c' },
    'of kinds without namespaces as of one namespace': { keys: '/a /b x/a', want: '/a x/a /b' },
  };
  for (const [sentence, { keys, want }] of Object.entries(turns)) {
    it(`hands out the keys ${sentence}`, async () => {
      for (const key of keys.split(' ')) queue.add(key);
      const given: (string | undefined)[] = [];
      while (queue.size > 0) given.push(await next());
      assert.equal(given.join(' '), want);
    });
  }

  it('lets no namespace jump the line that comes back after it had no keys', async () => {
    for (const key of ['x/a', 'y/a', 'y/b', 'z/a']) queue.add(key);
    assert.equal(await next(), 'x/a');
    queue.add('x/b');
    assert.deepEqual([await next(), await next(), await next(), await next()], ['y/a', 'z/a', 'x/b', 'y/b']);
  });

  it('makes a namespace wait for one key of another that has 10,000', async () => {
    for (let index = 0; index < 10_000; index++) queue.add(`big/${index}`);
    queue.add('small/a');
    assert.deepEqual([await next(), await next()], ['big/0', 'small/a']);
    queue.done('small/a');
    queue.add('small/a');
    assert.deepEqual([await next(), await next()], ['big/1', 'small/a']);
  });

  it('hands a key to who waits for one, first come first served', async () => {
    const waiting = [next(), next()];
    queue.add('a');
    queue.add('b');
    assert.deepEqual(await Promise.all(waiting), ['a', 'b']);
  });

  it('keeps a key that is in work, and hands it out again when that is done', async () => {
    queue.add('a');
    await next();
    queue.add('a');
    queue.add('a');
    assert.equal(queue.size, 0);
    queue.done('a');
    assert.equal(await next(), 'a');
    queue.done('a');
    assert.equal(queue.size, 0);
  });

  it('lets the earliest of several delays count', async () => {
    queue.addAfter('a', 50);
    queue.addAfter('a', 20);
    queue.addAfter('a', 90);
    clock.advance(19);
    assert.equal(queue.size, 0);
    clock.advance(1);
    assert.equal(await next(), 'a');
    queue.done('a');
    clock.advance(1000);
    assert.equal(queue.size, 0);
  });

  it('lets an immediate add replace a delayed one', async () => {
    queue.addAfter('a', 50);
    queue.add('a');
    queue.addAfter('a', 10);
    assert.equal(await next(), 'a');
    queue.done('a');
    clock.advance(1000);
    assert.equal(queue.size, 0);
  });

  it('keeps a delay that was set while the key was in work', async () => {
    queue.add('a');
    await next();
    queue.addAfter('a', 50);
    queue.done('a');
    assert.equal(queue.size, 0);
    clock.advance(50);
    assert.equal(queue.size, 1);
  });

  it('takes a delay that is over, or negative, for now', () => {
    queue.addAfter('a', 0);
    queue.addAfter('b', -5);
    assert.equal(queue.size, 2);
  });

  it('doubles the delay with each failure up to the longest, until the key is forgotten', () => {
    const delays = Array.from({ length: 12 }, () => queue.addFailed('a'));
    assert.deepEqual(delays.slice(0, 4), [100, 200, 400, 800]);
    assert.deepEqual(delays.slice(-2), [60_000, 60_000]);
    assert.equal(queue.addFailed('b'), 100);
    queue.forget('a');
    assert.equal(queue.addFailed('a'), 100);
  });

  it('takes up to half of a failure’s delay off', () => {
    const jittery = new Queue({ clock, random: () => 1, meter, name: 'q', baseDelayMs: 1000 });
    assert.equal(jittery.addFailed('a'), 500);
  });

  it('ends the waiting when the signal aborts, and hands nothing out after that', async () => {
    const waiting = next();
    lifetime.abort();
    assert.equal(await waiting, undefined);
    queue.add('a');
    assert.equal(await next(), undefined);
    assert.equal(await queue.next(new AbortController().signal), 'a');
  });

  it('loses no key to one who has stopped waiting', async () => {
    const gone = new AbortController();
    const left = queue.next(gone.signal);
    const stays = next();
    gone.abort();
    queue.add('a');
    assert.equal(await left, undefined);
    assert.equal(await stays, 'a');
  });

  it('needs one timer, however many keys are delayed', () => {
    for (let delay = 100; delay > 0; delay--) queue.addAfter(`key-${delay}`, delay);
    assert.deepEqual(clock.pending, [1]);
    clock.advance(50);
    assert.equal(queue.size, 50);
    assert.deepEqual(clock.pending, [1]);
  });

  it('measures depth, adds, waiting and retries, from zero', async () => {
    const { queueDepth, queueAdds, queueRetries, queueSeconds } = kubeMetrics;
    const values = () =>
      [queueDepth, queueAdds, queueRetries, queueSeconds].map((row) => meter.value(row, { queue: 'q' }));
    assert.deepEqual(values(), [0, 0, 0, undefined]);
    queue.add('a');
    queue.add('a');
    queue.addFailed('b');
    assert.deepEqual(values(), [1, 1, 1, undefined]);
    await next();
    assert.deepEqual(values(), [0, 1, 1, 1]);
  });

  it('takes 10,000 keys in and out in linear time', async () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => `key-${index}`);
    for (const key of keys) queue.addAfter(key, 10);
    clock.advance(10);
    for (let count = 0; count < keys.length; count++) queue.done((await next()) ?? '');
    assert.equal(queue.size, 0);
  });
});
