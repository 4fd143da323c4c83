import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { OperatorProcess } from '../deploy/local/demo/operator.ts';
import { passesTheAudit } from './support/audit.ts';
import { clusterSetting, kubectl, makeNamespace, startOperatorIn } from './support/cluster.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `readme-${String(process.pid)}`;
const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

/** The shell blocks marked to be run, in order. */
const blocks = [...readme.matchAll(/<!-- test: run -->\n+```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

/** The manifests that show how something is written. */
const manifests = [...readme.matchAll(/<!-- test: apply -->\n+```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

describe('the README', function () {
  this.timeout(120_000);
  const dir = mkdtempSync(join(tmpdir(), 'ecs-operator-readme-'));
  let operator: OperatorProcess;
  let environment: NodeJS.ProcessEnv;

  before(async () => {
    await makeNamespace(namespace);
    operator = await startOperatorIn(namespace);
    environment = await userEnvironment(dir);
  });

  after(async () => {
    await operator.stop();
    rmSync(dir, { recursive: true, force: true });
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

  it('has commands to run', () => {
    assert.equal(blocks.length, 7);
  });

  blocks.forEach((block, index) => {
    it(`tells commands that work, block ${String(index + 1)}`, async () => {
      const output = await bash(block);
      if (index === 0) assert.match(output, /ecsservice.ecs-operator.dev\/hello +3 +3 +0 +hello:1 +COMPLETED +True/);
      if (index === 1) assert.match(output, /\(service hello\) has reached a steady state\./);
      if (index === 3) assert.match(output, /hello-[0-9a-f]{12} +STOPPED +143 +ServiceSchedulerInitiated/);
      if (index === 4)
        assert.match(output, /migrate-1 +STOPPED +(143 +)?migrate:1 +family:migrate +UserInitiated.*Seen enough/);
      if (index === 5)
        assert.match(
          output,
          /1 not placed: .*fail memberOf attribute:ecs\.instance-type == m6i\.large, .*; closest \S+ runs a task of service:cache already\./,
        );
      if (index === 2) assert.match(output, /Unsupported value: "CANARY": supported values: "ROLLING"/);
    });
  });

  it('shows manifests that the API server takes', async () => {
    assert.equal(manifests.length, 5);
    for (const [index, manifest] of manifests.entries()) {
      const path = join(dir, `${String(index)}.yaml`);
      writeFileSync(path, manifest);
      assert.match(
        await bash(`kubectl apply --dry-run=server -f ${path}`),
        /\/(prices|orders|checkout) created \(server dry run\)/,
      );
    }
  });

  passesTheAudit(namespace);

  function bash(script: string): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile('bash', ['-euc', `exec 2>&1\n${script}`], { env: environment }, (error, stdout) => {
        if (error) reject(new Error(`${script}\n${stdout}`, { cause: error }));
        else resolve(stdout);
      });
    });
  }
});

/** kubectl on the path, and the namespace of the test as the current one. */
async function userEnvironment(dir: string): Promise<NodeJS.ProcessEnv> {
  symlinkSync(clusterSetting('ECS_OPERATOR_TEST_KUBECTL'), join(dir, 'kubectl'));
  const kubeconfig = join(dir, 'kubeconfig');
  writeFileSync(kubeconfig, readFileSync(clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG')));
  const environment = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    PATH: `${dir}${delimiter}${process.env['PATH'] ?? ''}`,
  };
  await kubectl(['--kubeconfig', kubeconfig, 'config', 'set-context', '--current', '--namespace', namespace]);
  return environment;
}
