import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Queue } from '../../../src/kube/queue/queue.ts';
import { FakeClock } from '../../support/clock.ts';
import { RecordingMeter } from '../../support/recording.ts';

const base = 100;
const longest = 1600;

function namespaceOf(key: string): string {
  return key.split('/')[0] ?? '';
}

/** What a queue is, in its simplest form: sets in order of arrival, searched through. */
class Model {
  now = 0;
  /** Namespaces of ready keys, the one whose turn it is first. */
  turns: string[] = [];
  readonly ready = new Set<string>();
  /** In the order in which they were handed out. */
  readonly working = new Set<string>();
  readonly again = new Set<string>();
  readonly delayed = new Map<string, number>();
  readonly failures = new Map<string, number>();
  waiting = 0;

  add(key: string): void {
    this.delayed.delete(key);
    if (this.working.has(key)) this.again.add(key);
    else this.ready.add(key);
    this.serve();
  }

  addAfter(key: string, delayMs: number): void {
    if (this.ready.has(key) || this.again.has(key)) return;
    const at = this.now + delayMs;
    if (at >= (this.delayed.get(key) ?? Infinity)) return;
    this.delayed.delete(key);
    this.delayed.set(key, at);
  }

  advance(byMs: number): void {
    this.now += byMs;
    const due = [...this.delayed].filter(([, at]) => at <= this.now).sort((a, b) => a[1] - b[1]);
    for (const [key] of due) this.add(key);
  }

  serve(): void {
    for (;;) {
      this.#line();
      const key = [...this.ready].find((each) => namespaceOf(each) === this.turns[0]);
      if (this.waiting === 0 || key === undefined) return;
      this.waiting--;
      this.ready.delete(key);
      this.working.add(key);
      // Behind all others, if it has another key.
      this.turns.shift();
    }
  }

  /** Lines up the namespaces that have ready keys and are not in line, in order of arrival. */
  #line(): void {
    for (const key of this.ready) if (!this.turns.includes(namespaceOf(key))) this.turns.push(namespaceOf(key));
  }

  done(key: string): void {
    if (!this.working.delete(key)) return;
    if (this.again.delete(key)) this.add(key);
  }
}

/** A real queue with workers that report what they were given. */
class Real {
  readonly clock = new FakeClock(0);
  readonly queue = new Queue({
    clock: this.clock,
    random: () => 0,
    meter: new RecordingMeter(),
    name: 'q',
    baseDelayMs: base,
    maxDelayMs: longest,
  });
  readonly working = new Set<string>();
  readonly #lifetime = new AbortController();

  wait(): void {
    void this.queue.next(this.#lifetime.signal).then((key) => {
      assert.ok(key !== undefined);
      assert.ok(!this.working.has(key), `${key} was handed out twice at once`);
      this.working.add(key);
    });
  }
}

type Command = fc.AsyncCommand<Model, Real>;

function command(name: string, act: (model: Model, real: Real) => void): Command {
  return {
    check: () => true,
    run: async (model, real) => {
      act(model, real);
      await turn();
      assert.deepEqual([...real.working], [...model.working], 'in work, in order');
      assert.equal(real.queue.size, model.ready.size, 'ready');
    },
    toString: () => name,
  };
}

const key = fc.constantFrom('x/a', 'x/b', 'x/c', 'y/a', 'y/b', 'z/a');
const commands = [
  key.map((key) =>
    command(`add ${key}`, (model, real) => {
      model.add(key);
      real.queue.add(key);
    }),
  ),
  fc.tuple(key, fc.integer({ min: 1, max: 300 })).map(([key, delayMs]) =>
    command(`addAfter ${key} ${delayMs}`, (model, real) => {
      model.addAfter(key, delayMs);
      real.queue.addAfter(key, delayMs);
    }),
  ),
  key.map((key) =>
    command(`addFailed ${key}`, (model, real) => {
      const failures = (model.failures.get(key) ?? 0) + 1;
      const want = Math.min(longest, base * 2 ** (failures - 1));
      model.failures.set(key, failures);
      model.again.delete(key);
      model.addAfter(key, want);
      assert.equal(real.queue.addFailed(key), want);
    }),
  ),
  key.map((key) =>
    command(`forget ${key}`, (model, real) => {
      model.failures.delete(key);
      real.queue.forget(key);
    }),
  ),
  fc.constant(
    command('next', (model, real) => {
      model.waiting++;
      model.serve();
      real.wait();
    }),
  ),
  key.map((key) =>
    command(`done ${key}`, (model, real) => {
      model.done(key);
      if (real.working.delete(key)) real.queue.done(key);
    }),
  ),
  fc.integer({ min: 1, max: 400 }).map((byMs) =>
    command(`advance ${byMs}`, (model, real) => {
      model.advance(byMs);
      real.clock.advance(byMs);
    }),
  ),
];

describe('Queue, by model', () => {
  it('hands out each key once at a time, when it is due, and forgets none', async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 60, size: 'max' }), async (run) => {
        await fc.asyncModelRun(() => ({ model: new Model(), real: new Real() }), run);
      }),
      { numRuns: 300 },
    );
  });
});
