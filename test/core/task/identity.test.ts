import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { podNameOf, taskIdOf, type Launch } from '../../../src/core/task/identity.ts';

const launch: fc.Arbitrary<Launch> = fc.record({
  serviceUid: fc.uuid(),
  deployment: fc.bigInt({ min: 10n ** 18n, max: 10n ** 19n - 1n }).map(String),
  number: fc.integer({ min: 1, max: 1_000_000 }),
});

describe('taskIdOf', () => {
  it('is the same whoever makes it, across versions of the operator', () => {
    const known = { serviceUid: '7a1f0c9e-0000-4000-8000-000000000001', deployment: '1000000000000000001', number: 1 };
    assert.equal(taskIdOf(known), '3118c83816f0f304ea208cc78da862ba');
  });

  it('is 32 lower-case hex digits, and does not depend on how the launch was put together', () => {
    fc.assert(
      fc.property(launch, ({ serviceUid, deployment, number }) => {
        const id = taskIdOf({ number, deployment, serviceUid });
        assert.match(id, /^[0-9a-f]{32}$/);
        assert.equal(id, taskIdOf({ serviceUid, deployment, number }));
      }),
    );
  });

  it('differs for every launch', () => {
    fc.assert(
      fc.property(fc.uniqueArray(launch, { selector: (each) => JSON.stringify(each), maxLength: 50 }), (launches) => {
        assert.equal(new Set(launches.map(taskIdOf)).size, launches.length);
      }),
    );
  });
});

describe('podNameOf', () => {
  it('is the service and as much of the id as keeps names short', () => {
    assert.equal(podNameOf('web', '0123456789abcdef0123456789abcdef'), 'web-0123456789ab');
  });
});
