import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { errorMessage } from '../../../src/base/errors.ts';
import { LocalApi } from '../api.ts';
import { startCluster, type LocalCluster } from '../cluster.ts';
import { apply, operatorRights, readManifest, readManifests } from './manifests.ts';
import { pause, startOperator, type OperatorProcess } from './operator.ts';
import { missingOf, renderTable, type ServiceRow, type TaskRow } from './table.ts';

const usage = `Usage: npm start [-- --once] [-- --timeout SECONDS]

Brings up the local cluster, installs the custom resources, starts the operator, applies deploy/samples and shows
services and tasks until all is steady. Then it stays up until it is interrupted.

  --once               End everything when all is steady; exit code 0, or 1 saying what is missing.
  --timeout SECONDS    How long the samples may take to become steady. Default: 180.
`;

const root = join(import.meta.dirname, '../../..');
const refreshMs = 500;

interface Options {
  readonly once: boolean;
  readonly timeoutMs: number;
}

async function demo(options: Options): Promise<void> {
  endOnInterrupt(130);
  const cluster = await startCluster({ log: say });
  try {
    const operator = await installOperator(cluster);
    try {
      await showSamples({ cluster, operator, options });
    } finally {
      await operator.stop();
    }
  } finally {
    say('Stopping the local cluster');
    await cluster.stop();
  }
}

async function installOperator(cluster: LocalCluster): Promise<OperatorProcess> {
  const api = new LocalApi(cluster.kubeconfig);
  say('Installing the custom resources of crds/');
  await apply(api, readManifests(join(root, 'crds')));
  await established(api);
  say('Giving the operator the rights of deploy/base/, and no others');
  await apply(api, operatorRights.flatMap(readManifest));
  await api.close();
  say('Starting the operator');
  return startOperator({ dir: cluster.dir, kubeconfig: cluster.operatorKubeconfig });
}

/** Waits until the API server serves the kinds. */
async function established(api: LocalApi): Promise<void> {
  const path = '/apis/ecs-operator.dev/v1alpha1/ecsservices';
  for (let attempt = 1; ; attempt++) {
    try {
      await api.request(path);
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await pause(100);
    }
  }
}

async function showSamples(context: {
  readonly cluster: LocalCluster;
  readonly operator: OperatorProcess;
  readonly options: Options;
}): Promise<void> {
  const { cluster, operator, options } = context;
  const api = new LocalApi(cluster.kubeconfig);
  say('Applying deploy/samples/');
  await apply(api, readManifests(join(root, 'deploy/samples')));
  const missing = await watchUntilSteady(api, operator, options.timeoutMs);
  await api.close();
  if (missing.length > 0)
    throw new Error(`Not steady after ${String(options.timeoutMs / 1000)} s:\n${missing.join('\n')}`);
  say('All services have reached a steady state.');
  if (options.once) return;
  process.stdout.write(howToGoOn(cluster, operator));
  await waitForInterrupt();
}

/** Shows the table whenever it changes. @returns what is missing when the time is up; empty when all is steady. */
async function watchUntilSteady(api: LocalApi, operator: OperatorProcess, timeoutMs: number): Promise<string[]> {
  let shown = '';
  for (const deadline = Date.now() + timeoutMs; ; await pause(refreshMs)) {
    const why = operator.ended();
    if (why !== undefined) throw new Error(why);
    const services = await list<ServiceRow>(api, '/apis/ecs-operator.dev/v1alpha1/ecsservices');
    const tasks = await list<TaskRow>(api, '/api/v1/pods?labelSelector=app.kubernetes.io/managed-by=ecs-operator');
    const table = renderTable(services, tasks);
    if (table !== shown) show(table);
    shown = table;
    const missing = services.flatMap((service) => missingOf(service) ?? []);
    if (missing.length === 0 || Date.now() > deadline) return missing;
  }
}

async function list<T>(api: LocalApi, path: string): Promise<readonly T[]> {
  const { items } = await api.request<{ items: readonly T[] }>(path);
  return items;
}

function show(table: string): void {
  const clear = process.stdout.isTTY ? '\u001b[2J\u001b[H' : '';
  process.stdout.write(`${clear}${table}\n\n`);
}

function howToGoOn(cluster: LocalCluster, operator: OperatorProcess): string {
  const kubectl = `${relative(process.cwd(), cluster.kubectlPath)} --kubeconfig ${cluster.kubeconfig}`;
  return `
Kubeconfig  ${cluster.kubeconfig}
Metrics     ${operator.metricsUrl}
Log         ${operator.logFile}

Worth trying in another terminal, with  alias k='${kubectl}'

  k get ecs
  k scale ecssvc web --replicas 9
  k patch ecstd web --type json -p '[{"op": "replace", "path": "/spec/containerDefinitions/0/image", "value": "registry.example/web:2"}]'

Ctrl-C ends everything.
`;
}

/** From now on an interrupt is how one ends it, and no failure. Never resolves. */
function waitForInterrupt(): Promise<never> {
  endOnInterrupt(0);
  // A promise alone keeps no process alive.
  return new Promise(() => setInterval(() => undefined, 60_000));
}

/** The cluster's supervisor and the operator end with this process. */
function endOnInterrupt(exitCode: number): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.removeAllListeners(name);
    process.once(name, () => {
      say('Stopping');
      process.exit(exitCode);
    });
  }
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** @throws Error that names the argument, its value and what would be right. */
function readOptions(): Options | 'help' {
  const options = { once: { type: 'boolean' }, timeout: { type: 'string' }, help: { type: 'boolean' } } as const;
  const { once = false, timeout = '180', help = false } = parseArgs({ options }).values;
  const seconds = Number(timeout);
  if (!(seconds > 0))
    throw new Error(`--timeout is ${JSON.stringify(timeout)}; it must be a number of seconds above 0`);
  return help ? 'help' : { once, timeoutMs: seconds * 1000 };
}

try {
  const options = readOptions();
  if (options === 'help') process.stdout.write(usage);
  else await demo(options);
} catch (error) {
  say(errorMessage(error));
  process.exitCode = 1;
}
