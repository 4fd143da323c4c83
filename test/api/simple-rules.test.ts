import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { withRules } from '../../src/api/fields.ts';
import { brokenRules } from '../../src/api/simple-rules.ts';

const message = 'it must be right';

describe('brokenRules', () => {
  const cases: Record<string, { readonly rule: string; readonly right: unknown; readonly wrong: unknown }> = {
    'that a value is true': { rule: 'self', right: true, wrong: false },
    'that a value is false': { rule: '!self', right: false, wrong: true },
    'that a text is another': { rule: "self == 'LINUX'", right: 'LINUX', wrong: 'linux' },
    'that a text is empty': { rule: "self == ''", right: '', wrong: ' ' },
    'that a text has a form': { rule: "self.matches('^[0-9]{1,3}$')", right: '007', wrong: '7a' },
  };
  for (const [sentence, { rule, right, wrong }] of Object.entries(cases)) {
    it(`tells ${sentence}`, () => {
      const schema = withRules(z.unknown(), { rule, message });
      assert.deepEqual(brokenRules(schema, right), []);
      assert.deepEqual(brokenRules(schema, wrong), [message]);
    });
  }

  it('looks behind what is optional or has a default, and at both', () => {
    const inner = withRules(z.string(), { rule: "self == 'a'", message });
    const outer = withRules(inner.default('a'), { rule: "self.matches('^a')", message: 'it must begin with a' });
    assert.deepEqual(brokenRules(outer.optional(), 'b'), ['it must begin with a', message]);
  });

  for (const rule of ["self == 'it\\'s'", "self.matches('\\\\d')", "self == 'a' || self == 'b'", 'isIP(self)']) {
    it(`leaves ${rule} to the API server`, () => {
      assert.deepEqual(brokenRules(withRules(z.string(), { rule, message }), 'x'), []);
    });
  }
});
