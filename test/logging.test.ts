import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'mocha';
import type { Fields, Log } from '../src/base/log.ts';
import { createLog } from '../src/logging.ts';

/** What is written while `use` has the log. */
function written(format: 'json' | 'text', use: (log: Log) => void): string {
  const output = new PassThrough({ encoding: 'utf8' });
  use(createLog({ logLevel: 'info', logFormat: format }, output));
  return (output.read() as string | null) ?? '';
}

function jsonOf(use: (log: Log) => void): Record<string, unknown> {
  return JSON.parse(written('json', use)) as Record<string, unknown>;
}

/** What becomes of the fields of a line. */
function fieldsOf(fields: Fields): Record<string, unknown> {
  const { level, message, timestamp: _, ...rest } = jsonOf((log) => log.info('Pod started', fields));
  assert.deepEqual([level, message], ['info', 'Pod started']);
  return rest;
}

const cycle: Record<string, unknown> = { name: 'a' };
cycle['self'] = cycle;

describe('The log', () => {
  it('is a JSON object a line, with level, message and the time in UTC', () => {
    const { timestamp, ...rest } = jsonOf((log) => log.warn('Watch ended', { resource: 'pods' }));
    assert.deepEqual(rest, { level: 'warn', message: 'Watch ended', resource: 'pods' });
    assert.equal(new Date(String(timestamp)).toISOString(), timestamp);
  });

  it('adds the fields it was made with', () => {
    const { controller, key } = jsonOf((log) => log.with({ controller: 'service' }).info('Done', { key: 'a/b' }));
    assert.deepEqual([controller, key], ['service', 'a/b']);
  });

  it('leaves out what is below its level', () => {
    assert.equal(
      written('json', (log) => log.debug('Nothing')),
      '',
    );
  });

  it('tells an error with its stack and its causes', () => {
    const inner = new Error('reset');
    const { error } = jsonOf((log) => log.error('Reconcile failed', new TypeError('no answer', { cause: inner })));
    const { name, message, stack, cause } = error as Error & { readonly cause: Error };
    assert.deepEqual([name, message, cause.message], ['TypeError', 'no answer', 'reset']);
    assert.match(stack ?? '', /^TypeError: no answer\n {4}at /);
  });

  it('tells every error of several, wherever they are', () => {
    const several = new AggregateError([new Error('IPv6 refused'), new Error('IPv4 refused')], '');
    const text = JSON.stringify(fieldsOf({ nested: { list: [several] } }));
    assert.match(text, /"message":"IPv6 refused".*"message":"IPv4 refused"/);
  });

  it('tells what is no error as it is', () => {
    assert.equal(jsonOf((log) => log.error('Reconcile failed', 'a text'))['error'], 'a text');
  });

  it('lets no field take the place of what every line has', () => {
    const names = { level: 'debug', message: 'other', timestamp: 'never', stack: 'none' };
    assert.deepEqual(fieldsOf(names), { _level: 'debug', _message: 'other', _timestamp: 'never', _stack: 'none' });
  });

  it('tells big numbers as text, and does not follow a cycle for ever', () => {
    assert.equal(fieldsOf({ version: 2n ** 64n })['version'], '18446744073709551616');
    assert.match(JSON.stringify(fieldsOf({ cycle })), /"self":"\[deeper\]"/);
  });

  it('is readable on a terminal: time, level, message, fields', () => {
    const line = written('text', (log) => log.info('Pod started', { pod: 'a', note: 'two words', count: 3, cycle }));
    assert.match(line, /^\d\d:\d\d:\d\d info Pod started pod=a note="two words" count=3 cycle=\{"name":"a".*\n$/);
    assert.match(
      written('text', (log) => log.error('Write failed', new Error('no answer'))),
      / error Write failed error="Error: no answer"\n$/,
    );
  });
});
