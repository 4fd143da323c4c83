import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { compilePattern } from '../../../../src/core/placement/query/pattern/compile.ts';
import { parsePattern } from '../../../../src/core/placement/query/pattern/parse.ts';

describe('A pattern', () => {
  const cases: Readonly<
    Record<string, readonly [pattern: string, matching: readonly string[], other: readonly string[]]>
  > = {
    'matches a whole text': ['t2', ['t2'], ['t2.small', 'at2', '']],
    'has a dot for any character': ['t2.*', ['t2', 't2.small'], ['at2']],
    'has alternatives': ['(t2|m5)\\.(small|large)', ['t2.small', 'm5.large'], ['t2xsmall', 't2.', 'm5.largex']],
    'has empty alternatives': ['a(b|)', ['ab', 'a'], ['b']],
    repeats: ['a+b?c*', ['a', 'aab', 'acc', 'abc'], ['', 'b', 'abb']],
    'repeats lazily with the same result': ['a+?b??c*?', ['a', 'aab', 'acc'], ['b', 'abb']],
    counts: ['a{2}b{1,2}c{1,}', ['aabc', 'aabbccc'], ['abc', 'aaabc', 'aabbbc', 'aab']],
    'counts from zero': ['a{0,2}', ['', 'a', 'aa'], ['aaa']],
    'counts groups': ['(ab){2}', ['abab'], ['ab', 'ababab', 'abba']],
    'has classes': ['[a-c1]', ['a', 'b', 'c', '1'], ['d', '-', '']],
    'has classes of what is not': ['[^a-c1]', ['d', '-'], ['a', '1', '']],
    'has hyphens and brackets in classes': ['[a-]|[\\]\\[]|[-b]', ['a', '-', ']', '[', 'b'], ['c']],
    'has classes in short': ['\\d\\w\\s', ['1a ', '0_\t'], ['aa ', '1- ', '1aa']],
    'has what is none of them in short': ['\\D\\W\\S', ['a-a', '-.b'], ['1-a', 'aaa', 'a- ']],
    'has short classes in classes': ['[\\d.]+', ['1.2'], ['a', '\\d']],
    escapes: ['a\\.b\\*\\\\', ['a.b*\\'], ['axb*\\']],
    'has anchors': ['^t2.*$', ['t2.small'], ['at2']],
    'has anchors where they cannot hold': ['a^b|c$d', [], ['ab', 'cd', 'a^b']],
    'has anchors in alternatives': ['(^a|b)(c|d$)', ['ac', 'ad', 'bc', 'bd'], ['aca']],
    'has groups that are not counted, and named ones': ['(?:a|b)(?<size>c)', ['ac', 'bc'], ['c']],
    'has brackets that nothing opened': ['a]}', ['a]}'], ['a']],
    'can be empty': ['', [''], ['a']],
  };
  for (const [sentence, [pattern, matching, others]] of Object.entries(cases)) {
    it(`${sentence}: ${pattern}`, () => {
      const isMatch = compilePattern(pattern);
      assert.deepEqual(parsePattern(pattern).kind, 'pattern');
      for (const text of matching) assert.equal(isMatch(text), true, text);
      for (const text of others) assert.equal(isMatch(text), false, text);
    });
  }

  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '^', '$', 'c', '');
  const { pattern: anyPattern } = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 4 },
      atom,
      fc.array(tie('pattern'), { minLength: 2, maxLength: 3 }).map((parts) => parts.join('')),
      fc.array(tie('pattern'), { minLength: 2, maxLength: 3 }).map((parts) => `(${parts.join('|')})`),
      fc
        .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,}', '*?'))
        .map(([part, quantifier]) => `(?:${part})${quantifier}`),
    ),
  }));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });

  it('matches what JavaScript finds that it matches', () => {
    fc.assert(
      fc.property(anyPattern, fc.array(text, { minLength: 1, maxLength: 5 }), (pattern, texts) => {
        fc.pre(parsePattern(pattern).kind === 'pattern');
        const isMatch = compilePattern(pattern);
        const expected = new RegExp(`^(?:${pattern})$`);
        for (const each of texts) assert.equal(isMatch(each), expected.test(each), `${pattern} on ${each}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('matches the same once it has forgotten the ways that texts took', () => {
    const pattern = '[ab]*a[ab]{11}';
    const isMatch = compilePattern(pattern);
    const expected = new RegExp(`^${pattern}$`);
    const texts = fc.sample(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 12, maxLength: 24 }), 3000);
    for (const each of texts) assert.equal(isMatch(each), expected.test(each), each);
  });

  const costly = ['(a|a)*b', '((a+)+)+b', '(a*)*(a*)*b', '(.*.*)*x', `${'a?'.repeat(60)}${'a'.repeat(60)}b`];
  for (const pattern of costly) {
    it(`${pattern.slice(0, 20)} takes no time on a label that it does not match`, () => {
      const startedAt = performance.now();
      assert.equal(compilePattern(pattern)('a'.repeat(63)), false);
      assert(performance.now() - startedAt < 500);
    });
  }
});

describe('A pattern is refused for', () => {
  const cases: Readonly<Record<string, readonly [pattern: string, at: number, message: string]>> = {
    'a group that is not closed': ['a(b', 1, 'this ( is not closed'],
    'a group that nothing opened': ['ab)', 2, 'this ) closes nothing'],
    'a class that is not closed': ['a[b', 1, 'this [ is not closed'],
    'a class that ends in a hyphen': ['a[b-', 1, 'this [ is not closed'],
    'an empty class': ['a[]', 1, 'this class is empty; \\] is a bracket in it'],
    'a class in a class': ['[a[b]]', 2, 'a class in a class is not supported; \\[ is a bracket'],
    'what two classes have in common': ['[a&&b]', 2, '&& in a class is not supported'],
    'a range that ends before it begins': ['[b-a]', 1, 'b-a is no range'],
    'a range that ends in a class': ['[a-\\d]', 1, 'a-\\d is no range'],
    'nothing to repeat': ['a|*', 2, 'nothing stands before this * that it could repeat'],
    'a repeated repetition': ['a**', 2, 'nothing stands before this * that it could repeat'],
    'nothing to count': ['{2}', 0, 'nothing stands before this { that it could repeat'],
    'a count that is none': ['a{x}', 1, 'expected {n}, {n,} or {n,m} with n not above m and m below 1000'],
    'a count that ends before it begins': [
      'a{3,2}',
      1,
      'expected {n}, {n,} or {n,m} with n not above m and m below 1000',
    ],
    'a possessive quantifier': ['a*+', 1, 'possessive quantifiers are not supported in a pattern'],
    'looking ahead': ['(?!t2).*', 0, 'lookaround and flags are not supported in a pattern'],
    'looking behind': ['.*(?<=t2)', 2, 'lookaround and flags are not supported in a pattern'],
    flags: ['(?i)t2', 0, 'lookaround and flags are not supported in a pattern'],
    'a reference to a group': ['(a)\\1', 3, '\\1 is not supported in a pattern'],
    'an unknown escape': ['a\\b', 1, '\\b is not supported in a pattern'],
    'an escape in a class': ['[\\p]', 1, '\\p is not supported in a pattern'],
    'an escape of nothing': ['a\\', 1, 'nothing stands behind this \\'],
    'repetitions that are too many': [
      '(abc){80}',
      0,
      'the pattern is too large: with its repetitions it has over 256 characters',
    ],
    'repetitions without a bound after too many': [
      '(abc){80,}',
      0,
      'the pattern is too large: with its repetitions it has over 256 characters',
    ],
    'repetitions of repetitions': [
      '((a{9}){9}){9}',
      0,
      'the pattern is too large: with its repetitions it has over 256 characters',
    ],
    'groups that are too deep': [
      `${'('.repeat(21)}a${')'.repeat(21)}`,
      21,
      'groups can be 20 deep, and this is deeper',
    ],
  };
  for (const [sentence, [pattern, at, message]] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(parsePattern(pattern), { kind: 'invalid', at, message }));
  }
});
