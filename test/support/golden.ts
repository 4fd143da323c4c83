import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * Compares with a file that people have reviewed. With `UPDATE_GOLDEN=1` in the environment the file is written instead,
 * and the difference is for a reviewer of the change.
 */
export function matchesGolden(path: string, text: string): void {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
  assert.ok(existsSync(path), `${path} does not exist; write it with UPDATE_GOLDEN=1`);
  assert.equal(text, readFileSync(path, 'utf8'), `${path} is not what comes out; look at it with UPDATE_GOLDEN=1`);
}
