import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { ApiError } from '../../../src/kube/errors.ts';
import type { Write } from '../../../src/kube/writes/act.ts';
import { TerminatingNamespaces } from '../../../src/kube/writes/terminating.ts';

import { FakeClock } from '../../support/clock.ts';
import { pods } from '../../support/kube-objects.ts';

const create = (namespace: string): Write => ({
  verb: 'create',
  resource: pods,
  namespace,
  body: { metadata: { name: 'a' } },
});
const remove: Write = { verb: 'delete', resource: pods, at: { namespace: 'going', name: 'a' }, uid: 'u' };
const terminating = new ApiError(403, {
  message: 'it is being terminated',
  details: { causes: [{ reason: 'NamespaceTerminating' }] },
});

describe('TerminatingNamespaces', () => {
  let clock: FakeClock;
  let asked: Write[];
  let namespaces: TerminatingNamespaces;

  beforeEach(() => {
    clock = new FakeClock();
    asked = [];
    namespaces = new TerminatingNamespaces({ clock });
  });

  /** Refused in the namespace `going`, and with `error` there if it is another. */
  const perform = (write: Write, error: Error = terminating): Promise<void> =>
    namespaces.perform(write, (each) => {
      asked.push(each);
      return each.verb === 'create' && each.namespace === 'going' ? Promise.reject(error) : Promise.resolve();
    });

  it('asks for no second create where one was refused, and answers with that refusal', async () => {
    await assert.rejects(perform(create('going')), terminating);
    await assert.rejects(perform(create('going')), terminating);
    assert.deepEqual(asked, [create('going')]);
  });

  it('lets everything else through', async () => {
    await assert.rejects(perform(create('going')));
    await perform(remove);
    await perform(create('another'));
    assert.deepEqual(asked.slice(1), [remove, create('another')]);
  });

  it('asks again after ten seconds: a namespace may be made anew', async () => {
    await assert.rejects(perform(create('going')));
    clock.advance(9_999);
    await assert.rejects(perform(create('going')));
    assert.equal(asked.length, 1);
    clock.advance(1);
    await assert.rejects(perform(create('going')));
    assert.equal(asked.length, 2);
  });

  it('holds nothing back after another refusal', async () => {
    const other = new ApiError(403, { message: 'exceeded quota: few' });
    await assert.rejects(perform(create('going'), other), other);
    await assert.rejects(perform(create('going'), other), other);
    assert.equal(asked.length, 2);
  });
});
