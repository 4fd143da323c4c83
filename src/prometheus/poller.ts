import type { Clock } from '../base/clock.ts';
import { settleAll } from '../base/concurrency.ts';
import { errorMessage } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Meter } from '../base/meter.ts';
import type { AlarmPort, AlarmReading, AlarmWatch, NamedAlarm } from '../core/service/alarm-watch.ts';
import type { PrometheusClient } from './client.ts';
import { prometheusMetrics } from './metrics.ts';

/** Between the end of one look and the next; between the beginnings of two looks at least. */
const intervalMs = 15_000;
const spacingMs = 1000;

/** Whoever has not asked for so long is no longer interested. */
const interestMs = 60_000;

/** Expressions that are asked for at once. */
const queriesAtOnce = 4;

/** A deployment whose alarms somebody wants to know. */
interface Interest {
  readonly alarms: readonly NamedAlarm[];
  /** Looks up to that number had begun before it was there: they say nothing about it. */
  readonly since: number;
  readonly askedAtMs: number;
}

type Rules =
  | { readonly kind: 'read'; readonly readings: ReadonlyMap<string, AlarmReading> }
  | { readonly kind: 'failed'; readonly error: string };

/** What one look has shown. */
interface Look {
  readonly number: number;
  /** Absent where nobody has asked for any. */
  readonly rules?: Rules;
  readonly queries: ReadonlyMap<string, AlarmReading>;
}

/** Of an expression that nobody has asked for yet. */
const unseen: AlarmReading = { state: 'INSUFFICIENT_DATA' };

/** For whom no rule matters. */
const noRules: Rules = { kind: 'read', readings: new Map() };

export interface PollerOptions {
  readonly client: Pick<PrometheusClient, 'rules' | 'query'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * Looks at alarms for as long as somebody asks for them: all rules in one request, and one for each expression. Only
 * who works asks, so that an operator that waits for its lease polls nothing.
 */
export class AlarmPoller implements AlarmPort {
  readonly #options: PollerOptions;
  readonly #interests = new Map<string, Interest>();
  #look: Look | undefined;
  /** Number of the look that has begun last, and when. */
  #begun = 0;
  #begunAtMs = -Infinity;
  #isLooking = false;
  #hasFailed = false;
  #next: { readonly atMs: number; readonly cancel: () => void } | undefined;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  watch(deployment: string, alarms: readonly NamedAlarm[]): AlarmWatch {
    const now = this.#options.clock.now();
    const since = this.#interests.get(deployment)?.since ?? this.#begun;
    const interest = { alarms, since, askedAtMs: now };
    this.#interests.set(deployment, interest);
    this.#count();
    if (!this.#isLooking && !this.#isSeen(interest)) this.#lookAt(this.#begunAtMs + spacingMs);
    return this.#told(interest, Math.max(this.#next?.atMs ?? 0, now) + spacingMs);
  }

  /** Whether there has been a look since the deployment was there. */
  #isSeen({ since }: Interest): boolean {
    return this.#look !== undefined && this.#look.number > since;
  }

  #told(interest: Interest, nextAtMs: number): AlarmWatch {
    const look = this.#isSeen(interest) ? this.#look : undefined;
    const needsRules = interest.alarms.some(({ expression }) => expression === undefined);
    const rules = look && (needsRules ? look.rules : noRules);
    if (!rules) return { kind: 'waiting', nextAtMs };
    if (rules.kind === 'failed') return { ...rules, nextAtMs };
    const readings = interest.alarms.flatMap(({ name, expression }): [string, AlarmReading][] => {
      const reading =
        expression === undefined ? rules.readings.get(name) : (this.#look?.queries.get(expression) ?? unseen);
      return reading ? [[name, reading]] : [];
    });
    return { kind: 'read', readings: new Map(readings), ruleNames: [...rules.readings.keys()], nextAtMs };
  }

  /** Not later than that; an earlier look stays. */
  #lookAt(atMs: number): void {
    const { clock } = this.#options;
    if (this.#next && this.#next.atMs <= atMs) return;
    this.#next?.cancel();
    const delayMs = Math.max(0, atMs - clock.now());
    this.#next = { atMs: clock.now() + delayMs, cancel: clock.after(delayMs, () => void this.#turn()) };
  }

  async #turn(): Promise<void> {
    const { clock } = this.#options;
    this.#next = undefined;
    this.#forget(clock.now() - interestMs);
    if (this.#interests.size === 0) return;
    this.#isLooking = true;
    this.#begunAtMs = clock.now();
    this.#look = await this.#lookOnce(++this.#begun);
    this.#isLooking = false;
    // Who has come too late for this look asks again within a second, which brings the next one forward.
    this.#lookAt(clock.now() + intervalMs);
  }

  #forget(beforeMs: number): void {
    for (const [deployment, { askedAtMs }] of this.#interests) {
      if (askedAtMs <= beforeMs) this.#interests.delete(deployment);
    }
    this.#count();
  }

  #count(): void {
    this.#options.meter.gauge(prometheusMetrics.watched).set({}, this.#interests.size);
  }

  async #lookOnce(number: number): Promise<Look> {
    const alarms = [...this.#interests.values()].flatMap((interest) => interest.alarms);
    const expressions = [...new Set(alarms.flatMap(({ expression }) => expression ?? []))];
    const [rules, queries] = await Promise.all([
      alarms.some(({ expression }) => expression === undefined) ? this.#rules() : undefined,
      settleAll(expressions, queriesAtOnce, (expression) => this.#query(expression)),
    ]);
    const results = queries.map((each) => (each.status === 'fulfilled' ? each.value : unseen));
    this.#report(rules, results);
    const answers = new Map(expressions.map((expression, index) => [expression, results[index] ?? unseen]));
    return { number, ...(rules && { rules }), queries: answers };
  }

  async #rules(): Promise<Rules> {
    try {
      return { kind: 'read', readings: await this.#options.client.rules() };
    } catch (error) {
      this.#failed('rules');
      return { kind: 'failed', error: errorMessage(error) };
    }
  }

  /** One that fails is one alarm without data: what a service asks for is not to blind the others. */
  async #query(expression: string): Promise<AlarmReading> {
    try {
      return await this.#options.client.query(expression);
    } catch (error) {
      this.#failed('query');
      return { state: 'INSUFFICIENT_DATA', error: errorMessage(error) };
    }
  }

  #failed(request: 'rules' | 'query'): void {
    this.#options.meter.counter(prometheusMetrics.errors).add({ request });
  }

  /** A failure is logged once, until all goes well again. */
  #report(rules: Rules | undefined, queries: readonly AlarmReading[]): void {
    const { log, meter, clock } = this.#options;
    const errors = [
      ...(rules?.kind === 'failed' ? [rules.error] : []),
      ...queries.flatMap(({ error }) => (error === undefined ? [] : [error])),
    ];
    if (rules?.kind === 'read' || queries.some(({ error }) => error === undefined)) {
      meter.gauge(prometheusMetrics.lastSuccess).set({}, clock.now() / 1000);
    }
    if (errors.length > 0 && !this.#hasFailed) log.warn('Could not look at all alarms', { error: errors[0] });
    if (errors.length === 0 && this.#hasFailed) log.info('Looked at all alarms again');
    this.#hasFailed = errors.length > 0;
  }
}
