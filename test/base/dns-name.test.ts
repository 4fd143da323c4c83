import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { dnsName } from '../../src/base/dns-name.ts';
import { ecsName } from '../support/arbitraries.ts';

const label = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

describe('dnsName', () => {
  const cases: Record<string, { readonly given: string; readonly want: string | RegExp }> = {
    'a label stays': { given: 'web', want: 'web' },
    'a label with dashes and digits stays': { given: '2-web--1', want: '2-web--1' },
    'the longest label stays': { given: 'a'.repeat(63), want: 'a'.repeat(63) },
    'upper case goes, a hash comes': { given: 'Web', want: /^web-[0-9a-f]{8}$/ },
    'underscores become dashes': { given: 'my_app', want: /^my-app-[0-9a-f]{8}$/ },
    'several in a row become one': { given: 'My__App', want: /^my-app-[0-9a-f]{8}$/ },
    'it does not begin with a dash': { given: '-web', want: /^web-[0-9a-f]{8}$/ },
    'nor does it end with two before the hash': { given: 'web-', want: /^web-[0-9a-f]{8}$/ },
    'of a name without letters the hash is left': { given: '___', want: /^[0-9a-f]{8}$/ },
    'a dot is no part of a label': { given: 'web.v1', want: /^web-v1-[0-9a-f]{8}$/ },
    'a long name is cut': { given: 'a'.repeat(64), want: /^a{54}-[0-9a-f]{8}$/ },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      if (typeof want === 'string') assert.equal(dnsName(given), want);
      else assert.match(dnsName(given), want);
    });
  }

  it('tells apart what differs only in what a label does not allow', () => {
    const names = [
      'my-app',
      'My-App',
      'my_app',
      'MY_APP',
      'my_app_',
      '_my_app',
      `${'a'.repeat(63)}b`,
      `${'a'.repeat(63)}c`,
    ];
    assert.equal(new Set(names.map((name) => dnsName(name))).size, names.length);
  });

  it('keeps to a shorter bound', () => {
    assert.match(dnsName('payments-of-the-shop', 12), /^pay-[0-9a-f]{8}$/);
    assert.equal(dnsName('payments', 12), 'payments');
  });

  const bound = fc.integer({ min: 10, max: 63 });

  it('is always a label within the bound, and stays one', () => {
    fc.assert(
      fc.property(fc.oneof(ecsName, fc.string({ minLength: 1 })), bound, (name, max) => {
        const made = dnsName(name, max);
        assert.match(made, label);
        assert(made.length <= max);
        assert.equal(dnsName(made, max), made);
      }),
    );
  });

  it('is another for another name', () => {
    fc.assert(
      fc.property(fc.uniqueArray(ecsName, { maxLength: 20 }), bound, (names, max) => {
        assert.equal(new Set(names.map((name) => dnsName(name, max))).size, names.length);
      }),
    );
  });
});
