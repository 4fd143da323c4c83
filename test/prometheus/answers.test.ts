import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { AlarmReading } from '../../src/core/service/alarm-watch.ts';
import { dataOf, errorOf, readingOfQuery, readingsOfRules } from '../../src/prometheus/answers.ts';
import { PrometheusError } from '../../src/prometheus/errors.ts';

function readings(...rules: readonly object[]): ReadonlyMap<string, AlarmReading> {
  return readingsOfRules({ groups: [{ interval: 15, rules }] });
}

const rule = { name: 'Errors', state: 'inactive', health: 'ok', duration: 60, type: 'alerting' };

describe('an alerting rule', () => {
  const cases: Record<string, { rule: object; want: AlarmReading }> = {
    'that is inactive is OK': { rule, want: { state: 'OK', delayMs: 90_000 } },
    'that is pending is OK': { rule: { ...rule, state: 'pending' }, want: { state: 'OK', delayMs: 90_000 } },
    'that fires is in ALARM': { rule: { ...rule, state: 'firing' }, want: { state: 'ALARM', delayMs: 90_000 } },
    'that was not evaluated yet has no data': {
      rule: { ...rule, health: 'unknown' },
      want: { state: 'INSUFFICIENT_DATA', delayMs: 90_000 },
    },
    'that cannot be evaluated has no data, though it fired': {
      rule: { ...rule, state: 'firing', health: 'err', lastError: 'many-to-many' },
      want: { state: 'INSUFFICIENT_DATA', delayMs: 90_000, error: 'many-to-many' },
    },
    'that fires at once is seen after two evaluations': {
      rule: { ...rule, duration: 0 },
      want: { state: 'OK', delayMs: 30_000 },
    },
  };
  for (const [sentence, { rule: own, want }] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(readings(own).get('Errors'), want));
  }

  it('of the same name as another is as bad as the worse of the two, and as slow as the slower', () => {
    const [firing, unknown, slow] = [
      { ...rule, state: 'firing' },
      { ...rule, health: 'unknown' },
      { ...rule, duration: 90 },
    ];
    const stateOf = (...rules: readonly object[]): string => {
      const { state, delayMs } = readings(...rules).get('Errors') ?? {};
      return `${state ?? ''} ${String(delayMs)}`;
    };
    assert.equal(stateOf(firing, slow), 'ALARM 120000');
    assert.equal(stateOf(slow, firing), 'ALARM 120000');
    assert.equal(stateOf(unknown, rule), 'INSUFFICIENT_DATA 90000');
    assert.equal(stateOf(unknown, firing), 'ALARM 90000');
  });

  it('has its name, and no other one is told', () => {
    assert.deepEqual([...readings(rule, { ...rule, name: 'Slow' }).keys()], ['Errors', 'Slow']);
    assert.throws(() => readings({ ...rule, name: undefined }), PrometheusError);
  });
});

describe('the result of an expression', () => {
  const cases: Record<string, { data: unknown; want: AlarmReading['state'] }> = {
    'an empty vector is OK': { data: { resultType: 'vector', result: [] }, want: 'OK' },
    'an element is an alarm, whatever its value': {
      data: { resultType: 'vector', result: [{ metric: {}, value: [0, '0'] }] },
      want: 'ALARM',
    },
    'the scalar 0 is OK': { data: { resultType: 'scalar', result: [0, '0'] }, want: 'OK' },
    'another scalar is an alarm': { data: { resultType: 'scalar', result: [0, '-0.1'] }, want: 'ALARM' },
    'infinity is an alarm': { data: { resultType: 'scalar', result: [0, '+Inf'] }, want: 'ALARM' },
    'no number is no data': { data: { resultType: 'scalar', result: [0, 'NaN'] }, want: 'INSUFFICIENT_DATA' },
  };
  for (const [sentence, { data, want }] of Object.entries(cases)) {
    it(sentence, () => assert.equal(readingOfQuery(data).state, want));
  }

  it('can be nothing else', () => {
    for (const resultType of ['matrix', 'string', undefined]) {
      const message = `the expression gives a ${String(resultType)}; it has to give a vector or a scalar`;
      assert.throws(() => readingOfQuery({ resultType, result: [] }), { name: 'PrometheusError', message });
    }
  });
});

describe('any answer', () => {
  it('is read, or refused with an error of ours', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (body) => {
        for (const read of [readingsOfRules, readingOfQuery]) {
          try {
            read(dataOf(body));
          } catch (error) {
            assert.ok(error instanceof PrometheusError, String(error));
          }
        }
        assert.ok(['string', 'undefined'].includes(typeof errorOf(body)));
      }),
    );
  });
});
