import { clip } from '../base/text.ts';
import type { AlarmReading } from '../core/service/alarm-watch.ts';
import { PrometheusError } from './errors.ts';

/** Answers of Prometheus's HTTP API (Prometheus documentation, HTTP API), read without trust in their shape. */

type Members = Readonly<Record<string, unknown>>;

/** `data` of an answer; undefined when it is none of Prometheus's. */
export function dataOf(body: string): unknown {
  return membersOf(parsed(body))?.['data'];
}

/** Why a request was refused; undefined when the answer does not say so. */
export function errorOf(body: string): string | undefined {
  const error = membersOf(parsed(body))?.['error'];
  return typeof error === 'string' ? error : undefined;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * Alerting rules by their names; rules of one name are one alarm, which is as bad as the worst of them.
 * @throws PrometheusError
 */
export function readingsOfRules(data: unknown): ReadonlyMap<string, AlarmReading> {
  const readings = new Map<string, AlarmReading>();
  for (const group of listOf(data, 'groups')) {
    const intervalMs = 1000 * numberOf(group, 'interval');
    for (const rule of listOf(group, 'rules')) {
      const name = membersOf(rule)?.['name'];
      if (typeof name !== 'string') throw new PrometheusError('Prometheus tells of a rule without a name');
      const last = readings.get(name);
      const reading = readingOf(rule, intervalMs);
      readings.set(name, last ? worst(last, reading) : reading);
    }
  }
  return readings;
}

/** What it fires for is there at least for its `for`, and is seen at an evaluation; one more is for what it looks at. */
function readingOf(rule: unknown, intervalMs: number): AlarmReading {
  const delayMs = 1000 * numberOf(rule, 'duration') + 2 * intervalMs;
  const { state, health, lastError } = membersOf(rule) ?? {};
  if (health === 'err') {
    const error = typeof lastError === 'string' ? clip(lastError, 300) : 'its rule cannot be evaluated';
    return { state: 'INSUFFICIENT_DATA', delayMs, error };
  }
  if (health !== 'ok') return { state: 'INSUFFICIENT_DATA', delayMs };
  return { state: state === 'firing' ? 'ALARM' : 'OK', delayMs };
}

const badness = { OK: 0, INSUFFICIENT_DATA: 1, ALARM: 2 } as const;

function worst(a: AlarmReading, b: AlarmReading): AlarmReading {
  const worse = badness[b.state] > badness[a.state] ? b : a;
  return { ...worse, delayMs: Math.max(a.delayMs ?? 0, b.delayMs ?? 0) };
}

/**
 * What the result of an expression means. As with an alerting rule, each element of a vector is an alert, whatever its
 * value.
 * @throws PrometheusError when it can be no alarm.
 */
export function readingOfQuery(data: unknown): AlarmReading {
  const { resultType, result } = membersOf(data) ?? {};
  if (resultType === 'vector' && Array.isArray(result))
    return { state: result.length > 0 ? 'ALARM' : 'OK', delayMs: 0 };
  if (resultType === 'scalar' && Array.isArray(result)) return readingOfScalar(result[1]);
  throw new PrometheusError(`the expression gives a ${String(resultType)}; it has to give a vector or a scalar`);
}

/** @param value a number as Prometheus writes it: `+Inf` is one. */
function readingOfScalar(value: unknown): AlarmReading {
  if (typeof value !== 'string' || value === 'NaN') return { state: 'INSUFFICIENT_DATA', delayMs: 0 };
  return { state: Number(value) === 0 ? 'OK' : 'ALARM', delayMs: 0 };
}

function membersOf(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null ? (value as Members) : undefined;
}

function listOf(value: unknown, member: string): readonly unknown[] {
  const list = membersOf(value)?.[member];
  if (Array.isArray(list)) return list as readonly unknown[];
  throw new PrometheusError(`Prometheus tells its rules without ${member}`);
}

/** 0 where there is none. */
function numberOf(value: unknown, member: string): number {
  const found = membersOf(value)?.[member];
  return typeof found === 'number' ? found : 0;
}
