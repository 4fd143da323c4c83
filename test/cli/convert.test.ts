import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, it } from 'mocha';
import { parseAllDocuments } from 'yaml';
import { convertCommand } from '../../src/cli/convert.ts';
import { describedContainer, describedService, describedTaskDefinition } from '../support/ecs-json.ts';

/** What the command prints, and its exit code. */
async function run(input: string): Promise<{ readonly code: number; readonly out: string; readonly told: string }> {
  const printed = { out: '', told: '' };
  const code = await convertCommand({
    stdin: Readable.from([input]),
    stdout: { write: (text) => (printed.out += text) },
    stderr: { write: (text) => (printed.told += text) },
  });
  return { code, ...printed };
}

describe('convert', () => {
  it('prints resources on stdout, and what became of the input on stderr', async () => {
    const { code, out, told } = await run(JSON.stringify(describedTaskDefinition()));
    assert.equal(code, 0);
    assert.match(out, /^apiVersion: ecs-operator\.dev\/v1alpha1\nkind: ECSTaskDefinition\nmetadata:\n {2}name: web\n/);
    assert.match(told, /^task definition web:7 -> ECSTaskDefinition web\n/);
  });

  it('prints a document for each service', async () => {
    const services = ['a', 'b'].map((serviceName) => describedService({ serviceName }));
    const { out } = await run(JSON.stringify({ services }));
    const names = parseAllDocuments(out).map((document) => document.getIn(['metadata', 'name']));
    assert.deepEqual(names, ['a', 'b']);
  });

  it('quotes texts that are something else in the YAML of kubectl', async () => {
    const texts = ['yes', 'on', 'off', 'n', '0022', '1_000', '22:30', '2026-01-01', '1e3', 'null', '~', '0b11', ''];
    const environment = texts.map((value, index) => ({ name: `V${String(index)}`, value }));
    const containerDefinitions = [describedContainer({ environment })];
    const { out } = await run(JSON.stringify(describedTaskDefinition({ containerDefinitions })));
    const printed = [...out.matchAll(/^ +value: (.*)$/gm)].map((match) => match[1]);
    assert.deepEqual(
      printed,
      texts.map((text) => `"${text}"`),
    );
  });

  for (const [sentence, input] of Object.entries({ 'no JSON': '{', 'something else': '{"tasks":[]}' })) {
    it(`prints one line and nothing else when its input is ${sentence}`, async () => {
      const { code, out, told } = await run(input);
      assert.deepEqual([code, out], [2, '']);
      assert.match(told, /^The input [^\n]*\n$/);
    });
  }

  describe('as a process', () => {
    const main = join(import.meta.dirname, '../../src/main.ts');
    const start = (...args: readonly string[]) =>
      spawnSync(process.execPath, [main, ...args], {
        input: JSON.stringify(describedTaskDefinition()),
        encoding: 'utf8',
      });

    it('is the first argument of the program', () => {
      const { status, stdout, stderr } = start('convert');
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^kind: ECSTaskDefinition$/m);
    });

    it('does what the README says', () => {
      const root = join(import.meta.dirname, '../..');
      const readme = readFileSync(join(root, 'README.md'), 'utf8');
      const [, block = ''] = /<!-- test: convert -->\n+```sh\n([\s\S]*?)```/.exec(readme) ?? [];
      const dir = mkdtempSync(join(tmpdir(), 'ecs-operator-convert-'));
      try {
        // What the AWS CLI would print, and npm where the user has it: in the repository.
        const services = { services: [describedService(), describedService({ serviceName: 'api' })], failures: [] };
        writeFileSync(join(dir, 'describe-task-definition'), JSON.stringify(describedTaskDefinition()));
        writeFileSync(join(dir, 'describe-services'), JSON.stringify(services));
        const functions = `aws() { cat "$2"; }\nnpm() { command npm --prefix '${root}' "$@"; }\n`;
        const { status, stderr } = spawnSync('bash', ['-euc', functions + block], { cwd: dir, encoding: 'utf8' });
        assert.equal(status, 0, stderr);
        assert.match(stderr, /^task definition web:7 -> ECSTaskDefinition web$/m);
        assert.match(stderr, /^service api -> ECSService api$/m);
        assert.match(readFileSync(join(dir, 'web.yaml'), 'utf8'), /^kind: ECSTaskDefinition$/m);
        assert.equal(readFileSync(join(dir, 'services.yaml'), 'utf8').match(/^kind: ECSService$/gm)?.length, 2);
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    }).timeout(20_000);

    it('takes no further arguments', () => {
      const { status, stdout, stderr } = start('convert', 'file.json');
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /^convert takes no arguments, but was given "file\.json": it reads ECS's JSON from its st/);
    });
  });
});
