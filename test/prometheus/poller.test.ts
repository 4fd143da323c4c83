import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import type { AlarmReading, AlarmWatch, NamedAlarm } from '../../src/core/service/alarm-watch.ts';
import { PrometheusError } from '../../src/prometheus/errors.ts';
import { prometheusMetrics } from '../../src/prometheus/metrics.ts';
import { AlarmPoller } from '../../src/prometheus/poller.ts';
import { FakeClock } from '../support/clock.ts';
import { RecordingLog, RecordingMeter } from '../support/recording.ts';

const ok: AlarmReading = { state: 'OK', delayMs: 0 };
const alarm: AlarmReading = { state: 'ALARM', delayMs: 0 };

/** A Prometheus that says what it is told to, and what it was asked. */
class Script {
  rulesNow: Record<string, AlarmReading> = { Errors: ok };
  error: string | undefined;
  readonly asked: string[] = [];
  /** Answers wait for it. */
  gate: Promise<void> = Promise.resolve();

  async rules(): Promise<ReadonlyMap<string, AlarmReading>> {
    this.asked.push('rules');
    const answer = new Map(Object.entries(this.rulesNow));
    await this.gate;
    if (this.error !== undefined) throw new PrometheusError(this.error);
    return answer;
  }

  async query(expression: string): Promise<AlarmReading> {
    this.asked.push(expression);
    await this.gate;
    if (expression === 'bad') throw new PrometheusError('parse error');
    return expression === 'up == 0' ? alarm : ok;
  }
}

describe('who looks at alarms', () => {
  let clock: FakeClock;
  let script: Script;
  let meter: RecordingMeter;
  let log: RecordingLog;
  let poller: AlarmPoller;

  beforeEach(() => {
    clock = new FakeClock();
    script = new Script();
    meter = new RecordingMeter();
    log = new RecordingLog();
    poller = new AlarmPoller({ client: script, clock, log, meter });
  });

  const errors: readonly NamedAlarm[] = [{ name: 'Errors' }];
  const watch = (deployment = 'a', alarms = errors): AlarmWatch => poller.watch(deployment, alarms);

  /** Lets so much time go by, and what is under way end. */
  async function pass(delayMs: number): Promise<void> {
    clock.advance(delayMs);
    await new Promise(setImmediate);
  }

  function stateOf(seen: AlarmWatch, name = 'Errors'): string | undefined {
    return seen.kind === 'read' ? seen.readings.get(name)?.state : seen.kind;
  }

  it('asks nothing while nobody wants to know', async () => {
    await pass(600_000);
    assert.deepEqual([script.asked, clock.pending], [[], []]);
  });

  it('looks at once, then every 15 seconds, in one request for all', async () => {
    assert.equal(stateOf(watch()), 'waiting');
    watch('b', [{ name: 'Slow' }, { name: 'Errors' }]);
    await pass(0);
    assert.deepEqual(script.asked, ['rules']);
    assert.equal(stateOf(watch()), 'OK');
    await pass(14_999);
    assert.equal(script.asked.length, 1);
    script.rulesNow = { Errors: alarm };
    await pass(1);
    assert.equal(script.asked.length, 2);
    assert.equal(stateOf(watch()), 'ALARM');
  });

  it('says when there is something new to see', async () => {
    const start = clock.now();
    const nextAt = (): number => (watch() as Extract<AlarmWatch, { nextAtMs: number }>).nextAtMs;
    assert.equal(nextAt(), start + 1000);
    await pass(0);
    assert.equal(nextAt(), start + 16_000);
    await pass(10_000);
    assert.equal(nextAt(), start + 16_000);
  });

  it('ends when nobody has asked for a minute', async () => {
    watch();
    await pass(0);
    assert.equal(meter.value(prometheusMetrics.watched, {}), 1);
    for (let turn = 0; turn < 8; turn++) await pass(15_000);
    assert.deepEqual([script.asked.length, clock.pending], [4, []]);
    assert.equal(meter.value(prometheusMetrics.watched, {}), 0);
    assert.equal(stateOf(watch()), 'waiting');
    await pass(0);
    assert.equal(script.asked.length, 5);
  });

  it('goes on while somebody asks', async () => {
    for (let turn = 0; turn < 20; turn++) {
      watch();
      await pass(15_000);
    }
    assert.ok(script.asked.length >= 19, String(script.asked.length));
  });

  it('tells a deployment nothing that was read before it was there', async () => {
    watch();
    await pass(0);
    await pass(5000);
    assert.equal(stateOf(watch('b')), 'waiting');
    script.rulesNow = { Errors: alarm };
    await pass(0);
    assert.equal(script.asked.length, 2);
    assert.equal(stateOf(watch('b')), 'ALARM');
  });

  it('tells a deployment nothing of a look that had begun before it was there', async () => {
    let open = (): void => undefined;
    script.gate = new Promise((resolve) => {
      open = resolve;
    });
    watch();
    await pass(0);
    assert.equal(stateOf(watch('b')), 'waiting');
    await pass(2000);
    assert.equal(script.asked.length, 1);
    open();
    await pass(0);
    assert.deepEqual([stateOf(watch()), stateOf(watch('b'))], ['OK', 'waiting']);
    await pass(1000);
    assert.equal(stateOf(watch('b')), 'OK');
    assert.equal(script.asked.length, 2);
  });

  it('asks once a second at most, however many deployments begin', async () => {
    for (let turn = 0; turn < 30; turn++) {
      watch(`deployment ${String(turn)}`);
      await pass(100);
    }
    assert.ok(script.asked.length <= 4, String(script.asked.length));
  });

  it('asks once for each expression, and for rules only where one is named', async () => {
    const expression = { name: 'Down', expression: 'up == 0' };
    watch('a', [expression]);
    watch('b', [expression, { name: 'Other', expression: 'vector(0)' }]);
    await pass(0);
    assert.deepEqual(script.asked.toSorted(), ['up == 0', 'vector(0)']);
    assert.equal(stateOf(watch('a', [expression]), 'Down'), 'ALARM');
  });

  it('lets no expression that fails blind others', async () => {
    const alarms = [{ name: 'Down', expression: 'up == 0' }, { name: 'Bad', expression: 'bad' }, ...errors];
    watch('a', alarms);
    await pass(0);
    const seen = watch('a', alarms);
    assert(seen.kind === 'read');
    assert.deepEqual(
      [...seen.readings],
      [
        ['Down', alarm],
        ['Bad', { state: 'INSUFFICIENT_DATA', error: 'parse error' }],
        ['Errors', ok],
      ],
    );
    assert.deepEqual(seen.ruleNames, ['Errors']);
    assert.equal(meter.value(prometheusMetrics.errors, { request: 'query' }), 1);
  });

  it('has no data of an expression that it was not asked for before', async () => {
    watch('a', [{ name: 'Down', expression: 'up == 0' }]);
    await pass(0);
    assert.equal(stateOf(watch('a', [{ name: 'Down', expression: 'up == 1' }]), 'Down'), 'INSUFFICIENT_DATA');
    assert.equal(stateOf(watch('a', errors)), 'waiting');
    await pass(15_000);
    assert.equal(stateOf(watch('a', errors)), 'OK');
  });

  it('says that Prometheus fails, logs it once, and goes on', async () => {
    script.error = 'cannot be reached';
    watch();
    await pass(0);
    const seen = watch();
    assert.deepEqual([seen.kind, seen.kind === 'failed' && seen.error], ['failed', 'cannot be reached']);
    assert.equal(meter.value(prometheusMetrics.lastSuccess, {}), undefined);
    await pass(15_000);
    assert.equal(meter.value(prometheusMetrics.errors, { request: 'rules' }), 2);
    script.error = undefined;
    watch();
    await pass(15_000);
    assert.equal(stateOf(watch()), 'OK');
    assert.equal(meter.value(prometheusMetrics.lastSuccess, {}), clock.now() / 1000);
    assert.deepEqual(
      log.lines.map(({ message }) => message),
      ['Could not look at all alarms', 'Looked at all alarms again'],
    );
  });
});
