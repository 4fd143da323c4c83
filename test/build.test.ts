import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'mocha';
import { helpText } from '../src/config.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');

/** The packages that `npm ci --omit=dev` installs at the top, as the lock file has them. */
function productionPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev = false }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev)
    .map(([path]) => path)
    .filter((path) => existsSync(join(root, path)));
}

describe('What the image runs', function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), 'ecs-operator-build-'));

  before(async () => {
    for (const path of productionPackages()) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      symlinkSync(join(root, path), join(dir, path));
    }
    symlinkSync(join(root, 'package.json'), join(dir, 'package.json'));
    const project = join(root, 'src/tsconfig.build.json');
    await run(join(root, 'node_modules/.bin/tsc'), ['-p', project, '--outDir', join(dir, 'dist')]);
  });

  after(() => {
    rmSync(dir, { recursive: true });
  });

  /** Node stays in `dir`: through the links it would find every package there is. */
  function node(...args: readonly string[]): Promise<{ readonly stdout: string }> {
    return run(process.execPath, ['--preserve-symlinks', '--preserve-symlinks-main', ...args], { cwd: dir, env: {} });
  }

  it('starts with the packages for production alone', async () => {
    const { stdout } = await node('dist/main.js', '--help');
    assert.equal(stdout, helpText('dist/main.js'));
  });

  it('could not start with any other', async () => {
    await assert.rejects(node('--input-type=module', '--eval', "import 'prettier'"), /Cannot find package 'prettier'/);
  });
});
