import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';

const root = join(import.meta.dirname, '..');

/** Rows of the table in `ECS.md`: what ECS does, and what is said of it here. */
const rows = readFileSync(join(import.meta.dirname, 'ECS.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, behaviour = '', answer = '']) => ({ behaviour, answer }));

/** A file, and titles of tests in it: `test/a.test.ts`: "one", "another". */
const named = /`(?<file>test\/[^`]+)`: (?<titles>"[^"]+"(?:, "[^"]+")*)/g;

function proofsOf(answer: string): { readonly file: string; readonly titles: readonly string[] }[] {
  return [...answer.matchAll(named)].map(({ groups: { file = '', titles = '' } = {} }) => ({
    file,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  }));
}

/** As the whole title of a test, or of a row of a table of tests. */
function isQuoted(title: string, source: string): boolean {
  return [`'`, `"`, '`'].some((quote) => source.includes(`${quote}${title}${quote}`));
}

describe('ECS.md', () => {
  it('has rows, each with a test or a sentence that says why there is none', () => {
    assert.ok(rows.length > 10);
    for (const { behaviour, answer } of rows) {
      assert.ok(proofsOf(answer).length > 0 || answer.startsWith('There is no '), behaviour);
    }
  });

  for (const { behaviour, answer } of rows) {
    it(`names tests that there are for: ${behaviour}`, () => {
      // Every file and every quotation is part of a proof: none is mistyped into prose.
      const proofs = proofsOf(answer);
      assert.equal(answer.split('`test/').length - 1, proofs.length);
      assert.equal(answer.split('"').length - 1, 2 * proofs.flatMap(({ titles }) => titles).length);
      for (const { file, titles } of proofs) {
        assert.ok(existsSync(join(root, file)), `${file} does not exist`);
        const source = readFileSync(join(root, file), 'utf8');
        for (const title of titles) assert.ok(isQuoted(title, source), `${file} has no test "${title}"`);
      }
    });
  }
});
