import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { ApiError } from '../../src/kube/errors.ts';
import { FailureLog } from '../../src/kube/failure-log.ts';
import { RecordingLog } from '../support/recording.ts';

describe('The log of failures', () => {
  let log: RecordingLog;
  let failures: FailureLog;
  beforeEach(() => {
    log = new RecordingLog();
    failures = new FailureLog(log);
  });

  const fail = (error: unknown, controller = 'service', key = 'shop/web'): void => {
    failures.failed(error, { controller, key, retryInMs: 100.4 });
  };
  const levels = (): string[] => log.lines.map(({ level }) => level);

  it('tells an error once, with the time of the next attempt in whole milliseconds', () => {
    const error = new Error('quota');
    fail(error);
    fail(new Error('quota'));
    const fields = { controller: 'service', key: 'shop/web', retryInMs: 100 };
    assert.deepEqual(log.lines, [
      { level: 'error', message: 'Reconcile failed', fields: { ...fields, error } },
      { level: 'debug', message: 'Reconcile failed again', fields: { ...fields, reason: 'quota' } },
    ]);
  });

  it('tells it again when it has become another, or come back', () => {
    fail(new Error('a'));
    fail(new Error('b'));
    fail(new Error('a'));
    failures.succeeded('service', 'shop/web');
    fail(new Error('a'));
    assert.deepEqual(levels(), ['error', 'error', 'error', 'error']);
  });

  it('tells it of each controller and each object', () => {
    fail(new Error('a'));
    fail(new Error('a'), 'task');
    fail(new Error('a'), 'service', 'shop/api');
    failures.succeeded('task', 'shop/web');
    fail(new Error('a'));
    assert.deepEqual(levels(), ['error', 'error', 'error', 'debug']);
  });

  it('takes neither a conflict nor a namespace that is being deleted for an error', () => {
    fail(new ApiError(409, { reason: 'Conflict' }));
    fail(new ApiError(403, { details: { causes: [{ reason: 'NamespaceTerminating' }] } }));
    assert.deepEqual(levels(), ['debug', 'debug']);
  });
});
