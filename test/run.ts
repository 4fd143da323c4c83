import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { getKubelet } from '../deploy/local/binaries.ts';
import { type LocalCluster, startCluster } from '../deploy/local/cluster.ts';
import { findBox, runInBox, whyNoKubelet } from '../deploy/local/kubelet/box.ts';
import { prepareBox, startNode } from '../deploy/local/kubelet/node.ts';
import { errorMessage } from '../src/base/errors.ts';
import { AuditLog, auditViolations } from './support/audit-check.ts';

/**
 * The test command: format, lint and types, then the tiers. `unit` is every `*.test.ts`, `api` every `*.api.test.ts`:
 * those need a real API server and get one. `kubelet` is
 * every `*.kubelet.test.ts`: those need real containers too, and are skipped where there can be none. Each step runs whatever came before; the last line counts them all.
 */
interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<Result>;
}

const root = join(import.meta.dirname, '..');

const checks: readonly Step[] = [
  check('format', 'prettier', '--log-level', 'warn', '--check', '.'),
  check('lint', 'oxlint', '--type-aware', '--deny-warnings', '-c', 'test/oxlint.json', 'src', 'test', 'deploy'),
  check('types', 'tsc', '--noEmit'),
];

const tiers: readonly Step[] = [
  {
    name: 'unit',
    run: () =>
      mocha(
        testFiles((path) => !/\.(api|kubelet)\.test\.ts$/.test(path)),
        {},
      ),
  },
  { name: 'api', run: apiTier },
  { name: 'kubelet', run: kubeletTier },
];

function check(name: string, command: string, ...args: readonly string[]): Step {
  return {
    name,
    run: async () => {
      const { code } = await runTool(command, args, {});
      return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
    },
  };
}

function testFiles(filter: (path: string) => boolean): string[] {
  return globSync('test/**/*.test.ts', { cwd: root }).filter(filter).toSorted();
}

/**
 * API tests that keep to their namespaces and wait more than they compute: two of them run at once, those that take
 * longest first. All others have the cluster to themselves: they lose nodes, count what is on all of them, install CRDs
 * or need the time that they have.
 */
const sideBySide = [
  'test/controllers/refused.api.test.ts',
  'test/controllers/service.api.test.ts',
  'test/controllers/stopped-tasks.api.test.ts',
  'test/controllers/disruption-budget.api.test.ts',
  'test/controllers/refused-stops.api.test.ts',
  'test/controllers/start-order.api.test.ts',
  'test/controllers/task-overrides.api.test.ts',
  'test/controllers/lifecycle.api.test.ts',
  'test/controllers/launch-volumes.api.test.ts',
];

/** Starts a cluster, runs the tests that need one, looks at all that was asked of it, and ends it. */
async function apiTier(): Promise<Result> {
  const cluster = await startCluster({ log: tell });
  try {
    const files = testFiles((path) => path.endsWith('.api.test.ts'));
    const together = await mocha(sideBySide, settingsOf(cluster), ['--parallel', '--jobs', '2']);
    const alone = await mocha(
      files.filter((path) => !sideBySide.includes(path)),
      settingsOf(cluster),
    );
    const isClean = hasCleanAudit(cluster.auditLog);
    return [together, alone, { passed: isClean ? 1 : 0, failed: isClean ? 0 : 1, skipped: 0 }].reduce(plus);
  } finally {
    await cluster.stop();
  }
}

function settingsOf(cluster: LocalCluster): Record<string, string> {
  return {
    ECS_OPERATOR_TEST_KUBECONFIG: cluster.kubeconfig,
    ECS_OPERATOR_TEST_OPERATOR_KUBECONFIG: cluster.operatorKubeconfig,
    ECS_OPERATOR_TEST_KUBECTL: cluster.kubectlPath,
    ECS_OPERATOR_TEST_AUDIT_LOG: cluster.auditLog,
  };
}

/** Runs this command once more in a box, where `insideTheBox` does the work: no process, mount or address outlives it. */
async function kubeletTier(): Promise<Result> {
  const cgroup = findBox();
  if (cgroup !== undefined) return insideTheBox(cgroup);
  const files = testFiles((path) => path.endsWith('.kubelet.test.ts'));
  const why = whyNoKubelet();
  if (why !== undefined) {
    process.stdout.write(`SKIPPED, no real containers on this machine: ${why}\n`);
    return { passed: 0, failed: 0, skipped: files.length };
  }
  await getKubelet(tell);
  const { code, output } = await runInBox([import.meta.filename, 'kubelet'], {});
  const counts = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(output)?.slice(1).map(Number);
  const [passed = 0, failed = code === 0 ? 0 : 1, skipped = 0] = counts ?? [0, 1, 0];
  return { passed, failed, skipped };
}

/** A lost node is to be noticed in 20 s instead of 50. */
const leaseSeconds = 10;

/** A cluster with one real node and no simulated one. */
async function insideTheBox(cgroup: string): Promise<Result> {
  const startedMs = Date.now();
  const kubelet = await getKubelet(tell);
  prepareBox();
  const cluster = await startCluster({ nodes: 0, leaseSeconds, log: tell });
  try {
    await startNode({ dir: cluster.dir, kubelet, cgroup, leaseSeconds });
    tell(`The node is ready after ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
    return await mocha(
      testFiles((path) => path.endsWith('.kubelet.test.ts')),
      settingsOf(cluster),
    );
  } finally {
    await cluster.stop();
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** As long as any test holds an operator's watches back. */
const longestStaleMs = 60_000;
/** As short as any test has its operator wait for a silent node. */
const shortestNodeLossMs = 3_000;

/** The audit check of the whole tier, also of what happened after the last test of a file. Shows what it finds. */
function hasCleanAudit(auditLog: string): boolean {
  const violations = auditViolations(new AuditLog(auditLog).entries(), {
    staleMs: longestStaleMs,
    nodeLossMs: shortestNodeLossMs,
  });
  const verdict = violations.length === 0 ? 'holds nothing against the operators' : 'holds against the operators:';
  process.stdout.write(`${[`The audit log ${verdict}`, ...violations].join('\n  ')}\n`);
  return violations.length === 0;
}

/** Ms for one test that sets no time itself: enough on a machine that is busy with other things. */
const patience = '30000';

async function mocha(
  files: readonly string[],
  environment: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): Promise<Result> {
  const { code, output } = await runTool(
    'mocha',
    ['--forbid-only', '--slow', '1000', '--timeout', patience, ...options, ...files],
    environment,
  );
  const count = (word: string): number => Number(new RegExp(`^ +(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0);
  const passed = count('passing');
  const failed = count('failing');
  // A run that broke off before it counted anything is a failure too.
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped: count('pending') };
}

/** Runs a tool of node_modules, showing what it prints. */
function runTool(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(join(root, 'node_modules/.bin', command), args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, output });
    });
  });
}

async function runSteps(steps: readonly Step[]): Promise<Result> {
  let total: Result = { passed: 0, failed: 0, skipped: 0 };
  for (const step of steps) {
    process.stdout.write(`\n== ${step.name}\n`);
    const result = await attempt(step);
    if (result.failed > 0) process.stdout.write(`== ${step.name} FAILED\n`);
    total = plus(total, result);
  }
  return total;
}

function plus(one: Result, other: Result): Result {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

async function attempt(step: Step): Promise<Result> {
  try {
    return await step.run();
  } catch (error) {
    process.stdout.write(`${errorMessage(error)}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const [only] = process.argv.slice(2);
const steps = only === undefined ? [...checks, ...tiers] : tiers.filter((tier) => tier.name === only);
if (steps.length === 0) throw new Error(`The tier is ${JSON.stringify(only)}; it must be unit, api or kubelet`);
const { passed, failed, skipped } = await runSteps(steps);
process.stdout.write(`${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;
// What else runs in a box ends with this process, and would otherwise keep it.
if (findBox() !== undefined) process.exit();
