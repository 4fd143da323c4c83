import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Client } from '../../../src/kube/client.ts';
import { LeaseLostError, Leader } from '../../../src/kube/leader/leader.ts';
import { decide, type Decision, type LeaseSpec, type Observation } from '../../../src/kube/leader/lease.ts';
import { kubeMetrics } from '../../../src/kube/metrics.ts';
import type { KubeRequest } from '../../../src/kube/transport.ts';
import { FakeClock } from '../../support/clock.ts';
import { LeaseApi, type Connection, type Fate } from '../../support/lease-api.ts';
import { RecordingLog, RecordingMeter } from '../../support/recording.ts';

const second = 1_000;
const stepMs = 500;

/** Real time: what every monotonic clock shows. The wall clocks of the processes may show anything. */
class World {
  readonly api = new LeaseApi();
  readonly processes: Process[] = [];
  nowMs = 0;

  start(identity: string, wallClockMs?: number): Process {
    const process = new Process(this, identity, wallClockMs);
    this.processes.push(process);
    return process;
  }

  /** Lets time pass, and everybody act in it. A process that is paused catches up when it is no longer. */
  async pass(ms: number): Promise<void> {
    await setImmediate();
    const untilMs = this.nowMs + ms;
    while (this.nowMs < untilMs) {
      this.nowMs += stepMs;
      for (const process of this.processes) process.catchUp();
      await setImmediate();
    }
  }

  get workers(): string[] {
    return this.processes.filter(({ isWorking }) => isWorking).map(({ identity }) => identity);
  }
}

/** A candidate whose work goes on until its lifetime ends, or `finish` is called. */
class Process {
  readonly identity: string;
  readonly connection: Connection;
  readonly clock: FakeClock;
  readonly log = new RecordingLog();
  readonly meter = new RecordingMeter();
  readonly leader: Leader;
  readonly stop = new AbortController();
  isPaused = false;
  outcome: 'stopped' | 'lost' | undefined;
  /** Set while the work goes on, and after. */
  lifetime: AbortSignal | undefined;
  finish: () => void = () => undefined;
  readonly #world: World;
  #behindMs = 0;

  constructor(world: World, identity: string, wallClockMs = Date.UTC(2026, 0, 1)) {
    this.#world = world;
    this.identity = identity;
    this.clock = new FakeClock(wallClockMs);
    this.connection = world.api.connect();
    const { clock, log, meter } = this;
    const client = new Client(this.connection);
    const monotonicMs = (): number => world.nowMs;
    const lease = { namespace: 'default', name: 'operator', identity };
    this.leader = new Leader({ client, clock, log, meter, monotonicMs, ...lease });
    this.#behindMs = world.nowMs;
    void this.leader
      .run(this.stop.signal, (lifetime) => this.#work(lifetime))
      .then((outcome) => {
        this.outcome = outcome;
      });
  }

  catchUp(): void {
    if (this.isPaused) return;
    this.clock.advance(this.#world.nowMs - this.#behindMs);
    this.#behindMs = this.#world.nowMs;
  }

  #work(lifetime: AbortSignal): Promise<void> {
    this.lifetime = lifetime;
    return new Promise((resolve) => {
      this.finish = resolve;
      lifetime.addEventListener('abort', () => resolve());
    });
  }

  /** Whether it could write; while it is paused, it cannot. */
  get isWorking(): boolean {
    return this.lifetime?.aborted === false && this.outcome === undefined && !this.isPaused;
  }

  get hasLost(): boolean {
    return this.lifetime?.aborted === true;
  }

  readonly set = ({ fate, isPaused }: { readonly fate: Fate; readonly isPaused: boolean }): void => {
    this.connection.fate = fate;
    this.isPaused = isPaused;
  };

  get gauge(): number | undefined {
    return this.meter.value(kubeMetrics.leader, {});
  }
}

const me: Observation = { identity: 'me', sinceMs: 100 * second };
const theirs: LeaseSpec = { holderIdentity: 'other', leaseDurationSeconds: 15 };

const decisions: Record<string, { record: LeaseSpec | undefined; nowMs: number; want: Decision }> = {
  'a lease that does not exist is taken': { record: undefined, nowMs: 0, want: { kind: 'acquire' } },
  'a lease that was released is taken, whatever its times say': {
    record: { holderIdentity: '', leaseDurationSeconds: 15, renewTime: '2999-01-01T00:00:00.000000Z' },
    nowMs: 100 * second,
    want: { kind: 'acquire' },
  },
  'a lease without a holder is taken': { record: {}, nowMs: 100 * second, want: { kind: 'acquire' } },
  "one's own lease is renewed": {
    record: { holderIdentity: 'me', leaseDurationSeconds: 15 },
    nowMs: 101 * second,
    want: { kind: 'renew' },
  },
  "one's own lease is renewed, though it looked the same for long": {
    record: { holderIdentity: 'me', leaseDurationSeconds: 15 },
    nowMs: 900 * second,
    want: { kind: 'renew' },
  },
  "another's is waited for as long as it lasts, from when it was first seen": {
    record: theirs,
    nowMs: 114_999,
    want: { kind: 'wait', untilMs: 115 * second },
  },
  'one that has stood still for its duration is taken': {
    record: theirs,
    nowMs: 115 * second,
    want: { kind: 'acquire' },
  },
  'the times in the record count for nothing': {
    record: { ...theirs, renewTime: '1999-01-01T00:00:00.000000Z' },
    nowMs: 101 * second,
    want: { kind: 'wait', untilMs: 115 * second },
  },
  'the duration is what the holder wrote': {
    record: { ...theirs, leaseDurationSeconds: 60 },
    nowMs: 150 * second,
    want: { kind: 'wait', untilMs: 160 * second },
  },
  'a record without a duration lasts 15 s': {
    record: { holderIdentity: 'other' },
    nowMs: 101 * second,
    want: { kind: 'wait', untilMs: 115 * second },
  },
};

describe('decide', () => {
  for (const [sentence, { record, nowMs, want }] of Object.entries(decisions)) {
    it(sentence, () => {
      assert.deepEqual(decide(record, me, nowMs), want);
    });
  }
});

describe('Leader', () => {
  it('lets one of two work, and the other say for whom it waits', async () => {
    const world = new World();
    const [a, b] = [world.start('a'), world.start('b')];
    assert.equal(b.leader.holder, undefined);
    await world.pass(60 * second);
    assert.deepEqual(world.workers, ['a']);
    assert.equal(b.leader.holder, 'a');
    assert.equal(b.lifetime, undefined);
    assert.deepEqual([a.gauge, b.gauge], [1, 0]);
    assert.equal(world.api.lease?.spec?.leaseTransitions, 0);
  });

  it('writes the times as MicroTime, and how often the lease changed hands', async () => {
    const world = new World();
    world.api.put({ spec: { holderIdentity: '', leaseTransitions: 7 } });
    world.start('a', Date.UTC(2026, 4, 1));
    await world.pass(stepMs);
    const time = '2026-05-01T00:00:00.000000Z';
    assert.deepEqual(world.api.lease?.spec, {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: 8,
    });
  });

  it('asks the API server for nothing but one renewal in two seconds', async () => {
    const world = new World();
    const a = world.start('a');
    await world.pass(stepMs);
    assert.deepEqual(a.connection.verbs.splice(0), ['get', 'create']);
    await world.pass(60 * second);
    assert.deepEqual([...new Set(a.connection.verbs)], ['update']);
    assert.equal(a.connection.verbs.length, 30);
  });

  for (const [sentence, hours] of Object.entries({ behind: -5, ahead: 5 })) {
    it(`takes over 15 s after the last renewal it saw, its clock being hours ${sentence}`, async () => {
      const world = new World();
      const a = world.start('a', Date.UTC(2026, 0, 1, 12));
      await world.pass(stepMs);
      const b = world.start('b', Date.UTC(2026, 0, 1, 12 + hours));
      await world.pass(9 * second);
      a.isPaused = true;
      // The renewal of 8 s was seen at 8.5 s; the looks after that come at odd seconds and a half.
      await world.pass(13.5 * second);
      assert.equal(b.lifetime, undefined);
      await world.pass(0.5 * second);
      assert.deepEqual(world.workers, ['b']);
      assert.equal(world.api.lease?.spec?.leaseTransitions, 1);
    });
  }

  it('has lost the lease when it wakes up after it, and begins no write before it knows', async () => {
    const world = new World();
    const a = world.start('a');
    world.start('b');
    await world.pass(4 * second);
    a.isPaused = true;
    await world.pass(20 * second);
    assert.deepEqual(world.workers, ['b']);
    const fenced = a.leader.fence(a.connection);
    await assert.rejects(fenced.request({ verb: 'create', resource: 'pods', path: '/pods' }), LeaseLostError);
    assert.equal(a.hasLost, true);
    a.isPaused = false;
    await world.pass(stepMs);
    assert.equal(a.outcome, 'lost');
    assert.deepEqual(world.workers, ['b']);
  });

  it('stops working 10 s after the last renewal that it sent and that was answered', async () => {
    const world = new World();
    const a = world.start('a');
    await world.pass(8 * second);
    a.connection.fate = 'refused';
    // The last renewal went out when 8 s had passed.
    await world.pass(9.5 * second);
    assert.equal(a.hasLost, false);
    assert.equal(a.gauge, 1);
    await world.pass(1 * second);
    assert.equal(a.hasLost, true);
    assert.ok(a.lifetime?.reason instanceof LeaseLostError);
    assert.equal(a.outcome, 'lost');
    assert.equal(a.gauge, 0);
    assert.deepEqual(a.log.lines.at(-1)?.message, 'Lease lost');
  });

  it('counts its term from before a renewal was sent, not from its answer', async () => {
    const world = new World();
    const a = world.start('a');
    await world.pass(second);
    const { request } = a.connection;
    const gate = Promise.withResolvers<void>();
    a.connection.request = async <T>(sent: KubeRequest): Promise<T> => {
      const answer = await request<T>(sent);
      await gate.promise;
      return answer;
    };
    // Sent at 2 s, answered at 4 s.
    await world.pass(3 * second);
    gate.resolve();
    a.connection.fate = 'refused';
    await world.pass(7.5 * second);
    assert.equal(a.hasLost, false);
    await world.pass(0.5 * second);
    assert.equal(a.hasLost, true);
  });

  it('has time for one more renewal after one that hangs, and a look at the lease that hangs too', async () => {
    const world = new World();
    const a = world.start('a');
    await world.pass(4 * second);
    a.connection.fate = 'hanging';
    // From 6 s to 9 s the one, to 12 s the other; the term ends at 14 s.
    await world.pass(7.5 * second);
    a.connection.fate = 'answered';
    await world.pass(60 * second);
    assert.deepEqual(world.workers, ['a']);
    assert.equal(a.hasLost, false);
  });

  it('goes on waiting when another wins the race for a free lease', async () => {
    const world = new World();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.pass(2 * second);
    // Both have read that there is no lease; the second create meets the first.
    assert.deepEqual(b.connection.verbs.slice(0, 3), ['get', 'create', 'get']);
    assert.deepEqual(world.workers, ['a']);
    assert.equal(a.outcome, undefined);
    assert.equal(b.outcome, undefined);
  });

  for (const fate of ['unanswered', 'lost'] as const) {
    it(`reads again when the first write was ${fate}, and works then`, async () => {
      const world = new World();
      const a = world.start('a');
      a.connection.fate = fate;
      await world.pass(stepMs);
      a.connection.fate = 'answered';
      assert.equal(a.lifetime, undefined);
      await world.pass(4 * second);
      assert.deepEqual(world.workers, ['a']);
    });

    it(`goes on after a renewal that was ${fate}`, async () => {
      const world = new World();
      const a = world.start('a');
      await world.pass(3 * second);
      a.connection.fate = fate;
      await world.pass(4 * second);
      a.connection.fate = 'answered';
      await world.pass(60 * second);
      assert.deepEqual(world.workers, ['a']);
      assert.equal(world.api.lease?.spec?.leaseTransitions, 0);
    });
  }

  it('stops at its next renewal when somebody else has the lease', async () => {
    const world = new World();
    const a = world.start('a');
    await world.pass(4 * second);
    world.api.put({ spec: { holderIdentity: 'thief', leaseDurationSeconds: 15 } });
    await world.pass(2 * second);
    assert.equal(a.outcome, 'lost');
    assert.equal(world.api.lease?.spec?.holderIdentity, 'thief');
  });

  it('stops at its next renewal when somebody has emptied the lease, and does not take it again', async () => {
    const world = new World();
    const a = world.start('a');
    await world.pass(4 * second);
    world.api.put({ spec: { holderIdentity: '' } });
    await world.pass(4 * second);
    assert.equal(a.outcome, 'lost');
    assert.equal(world.api.lease?.spec?.holderIdentity, '');
  });

  it('does not take an emptied lease again either when it finds it so after a failed renewal', async () => {
    const world = new World();
    const a = world.start('a');
    await world.pass(4 * second);
    a.connection.fate = 'refused';
    await world.pass(2 * second);
    world.api.put({ spec: { holderIdentity: '' } });
    a.connection.fate = 'answered';
    await world.pass(4 * second);
    assert.equal(a.outcome, 'lost');
    assert.equal(world.api.lease?.spec?.holderIdentity, '');
  });

  it('keeps a lease that somebody else has labelled', async () => {
    const world = new World();
    const a = world.start('a');
    await world.pass(4 * second);
    world.api.put(world.api.lease);
    await world.pass(60 * second);
    assert.equal(a.outcome, undefined);
    assert.deepEqual(world.workers, ['a']);
  });

  it('makes a deleted lease again before anybody else may', async () => {
    const world = new World();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.pass(5 * second);
    world.api.put(undefined);
    await world.pass(60 * second);
    assert.deepEqual(world.workers, ['a']);
    assert.equal(b.lifetime, undefined);
    assert.equal(a.outcome, undefined);
  });

  it('renews while its work is being finished, then releases, and the next takes over at its next look', async () => {
    const world = new World();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.pass(4 * second);
    a.stop.abort();
    await world.pass(20 * second);
    assert.deepEqual(world.workers, ['a']);
    a.finish();
    await world.pass(2 * second);
    assert.equal(a.outcome, 'stopped');
    assert.equal(a.gauge, 0);
    assert.deepEqual(world.workers, ['b']);
    assert.equal(b.outcome, undefined);
  });

  it('leaves a released lease empty and short, with its writes shut off', async () => {
    const world = new World();
    const a = world.start('a');
    await world.pass(4 * second);
    a.finish();
    await world.pass(stepMs);
    const { holderIdentity, leaseDurationSeconds } = world.api.lease?.spec ?? {};
    assert.deepEqual({ holderIdentity, leaseDurationSeconds }, { holderIdentity: '', leaseDurationSeconds: 1 });
    const fenced = a.leader.fence(a.connection);
    await assert.rejects(fenced.request({ verb: 'update', resource: 'pods', path: '/pods/x' }), LeaseLostError);
  });

  it('stops waiting when told to, without a trace', async () => {
    const world = new World();
    world.api.put({ spec: theirs });
    const b = world.start('b');
    await world.pass(4 * second);
    b.stop.abort();
    await world.pass(stepMs);
    assert.equal(b.outcome, 'stopped');
    assert.deepEqual([...new Set(b.connection.verbs)], ['get']);
    assert.equal(world.api.lease?.spec?.holderIdentity, 'other');
  });

  it('lets go of a lease that it was about to take when it was told to stop', async () => {
    const world = new World();
    const a = world.start('a');
    const { request } = a.connection;
    const gate = Promise.withResolvers<void>();
    a.connection.request = async <T>(sent: KubeRequest): Promise<T> => {
      if (sent.verb !== 'get') await gate.promise;
      return request<T>(sent);
    };
    await world.pass(stepMs);
    a.stop.abort();
    gate.resolve();
    await world.pass(stepMs);
    a.finish();
    await world.pass(stepMs);
    assert.equal(a.outcome, 'stopped');
    assert.equal(world.api.lease?.spec?.holderIdentity, '');
  });

  it('lets reads through its fence at any time, and writes only while it holds the lease', async () => {
    const world = new World();
    const b = world.start('b');
    const passed: string[] = [];
    const fenced = b.leader.fence({
      request: async ({ verb }) => passed.push(verb) as never,
      lines: b.connection.lines,
    });
    await fenced.request({ verb: 'list', resource: 'pods', path: '/pods' });
    await assert.rejects(fenced.request({ verb: 'patch', resource: 'pods', path: '/pods/x' }), LeaseLostError);
    await world.pass(stepMs);
    await fenced.request({ verb: 'patch', resource: 'pods', path: '/pods/x' });
    assert.deepEqual(passed, ['list', 'patch']);
  });

  it('never has two at work, whatever becomes of requests and processes, and has one when all is well', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(moment, { maxLength: 40 }), async (moments) => {
        const world = new World();
        for (const identity of ['a', 'b', 'c']) world.start(identity);
        for (const each of moments) await live(world, each);
        const alive = world.processes.filter(({ outcome }) => outcome === undefined);
        for (const { set } of alive) set({ fate: 'answered', isPaused: false });
        await world.pass(25 * second);
        const isAnybodyLeft = alive.some(({ outcome }) => outcome === undefined);
        assert.equal(world.workers.length, isAnybodyLeft ? 1 : 0);
      }),
      { numRuns: 60 },
    );
  });
});

/** From now on, what becomes of one process and of its requests; and for how many steps nothing else changes. */
interface Moment {
  readonly index: number;
  readonly fate: Fate;
  readonly isPaused: boolean;
  readonly steps: number;
}

const moment: fc.Arbitrary<Moment> = fc.record({
  index: fc.nat({ max: 2 }),
  fate: fc.constantFrom<Fate>('answered', 'answered', 'refused', 'lost', 'unanswered', 'hanging'),
  isPaused: fc.boolean(),
  steps: fc.integer({ min: 1, max: 24 }),
});

async function live(world: World, { index, steps, ...change }: Moment): Promise<void> {
  world.processes[index]?.set(change);
  for (let step = 0; step < steps; step++) {
    await world.pass(stepMs);
    assert.ok(world.workers.length <= 1, `${world.workers.join(' and ')} work at once`);
  }
}
