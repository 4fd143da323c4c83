import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { systemClock } from './base/clock.ts';
import { errorMessage } from './base/errors.ts';
import type { Log } from './base/log.ts';
import { ConfigError, helpText, readConfig, StartError, type Config } from './config.ts';
import { caches } from './controllers/caches.ts';
import { controllersWith } from './controllers/index.ts';
import { capacityProviders, clusters, services } from './controllers/resources.ts';
import { Client } from './kube/client.ts';
import { ApiError } from './kube/errors.ts';
import { findServerFeatures } from './kube/features.ts';
import { loadKubeConfig } from './kube/kubeconfig.ts';
import { Leader } from './kube/leader/leader.ts';
import { Manager } from './kube/manager.ts';
import { kubeMetrics } from './kube/metrics.ts';
import { Transport } from './kube/transport.ts';
import { createLog } from './logging.ts';
import { Exporter } from './metrics/exporter.ts';
import { PrometheusClient } from './prometheus/client.ts';
import { AlarmPoller } from './prometheus/poller.ts';
import { healthApp, listen, metricsApp, type Readiness } from './server.ts';

/** What everything is built with. */
interface Common {
  readonly log: Log;
  readonly meter: Exporter['meter'];
  readonly clock: typeof systemClock;
}

/** How long the API server named by a kubeconfig may take to answer at all, before it is called unreachable. */
const reachTimeoutMs = 10_000;

/**
 * The composition root: builds everything once and runs until told to stop. What is open then ends with the process: a
 * connection that is still being made, for one, could not be closed in good time.
 */
async function run(config: Config): Promise<'stopped' | 'lost'> {
  const log = createLog(config);
  const stop = stopSignal(log);
  const exporter = new Exporter();
  const common = { log, meter: exporter.meter, clock: systemClock };
  // In the user agent too, so that an audit log tells one operator from another.
  const identity = `${hostname()}_${randomUUID().slice(0, 8)}`;
  const settings = { kubeConfig: kubeConfigOf(config), userAgent: `ecs-operator/${identity}`, ...common };
  const transport = new Transport({ ...settings, ...(config.rateLimit && { rateLimit: config.rateLimit }) });
  await requireServer(config, transport, stop);
  // Without a limit: a renewal must not wait behind other requests.
  const leader = createLeader(config, {
    transport: new Transport({ ...settings, connections: 1 }),
    identity,
    ...common,
  });
  const manager = createManager(config, leader?.fence(transport) ?? transport, { ...common, identity });
  exporter.exportState(() => ({
    services: manager.stores.of(services).list(),
    clusters: manager.stores.of(clusters).list(),
    providers: manager.stores.of(capacityProviders).list(),
  }));
  const metrics = await listen(metricsApp({ scrape: () => exporter.scrape() }), config.metricsAddress);
  const health = await listen(healthApp({ readiness: () => readiness(manager, leader) }), config.healthAddress);
  log.info('Operator started', { metrics: `${metrics}/metrics`, health, identity });
  const outcome = await work({ manager, leader, stop, ...common });
  log.info('Operator stopped', { outcome });
  return outcome;
}

interface Work extends Common {
  readonly manager: Manager;
  readonly leader: Leader | undefined;
  readonly stop: AbortSignal;
}

async function work({ manager, leader, stop, meter }: Work): Promise<'stopped' | 'lost'> {
  if (leader) return leader.run(stop, (lifetime) => manager.run(stop, lifetime));
  meter.gauge(kubeMetrics.leader).set({}, 1);
  await manager.run(stop, new AbortController().signal);
  return 'stopped';
}

/** @throws StartError naming the file. */
function kubeConfigOf({ kubeconfig }: Config): ReturnType<typeof loadKubeConfig> {
  try {
    return loadKubeConfig(kubeconfig);
  } catch (error) {
    throw new StartError(firstLine(error), { cause: error });
  }
}

/**
 * Whoever names a kubeconfig wants to hear that it leads nowhere. A pod, which has none, waits until its API server is
 * back: were it to exit, the growing delays between its restarts would outlast the outage.
 * @throws StartError naming the file.
 */
async function requireServer({ kubeconfig }: Config, transport: Transport, stop: AbortSignal): Promise<void> {
  if (kubeconfig === undefined) return;
  const request = { verb: 'get', resource: 'version', path: '/version' } as const;
  try {
    await transport.request({ ...request, timeoutMs: reachTimeoutMs, signal: stop });
  } catch (error) {
    const hasAnswered = error instanceof ApiError && error.status !== 401;
    if (hasAnswered || stop.aborted) return;
    const message = `Kubeconfig ${kubeconfig} leads to no API server that lets us in: ${firstLine(error)}`;
    throw new StartError(message, { cause: error });
  }
}

function firstLine(error: unknown): string {
  return errorMessage(error).split('\n')[0] ?? '';
}

function createLeader(
  { leaderElection }: Config,
  { transport, ...rest }: Common & { readonly transport: Transport; readonly identity: string },
): Leader | undefined {
  if (leaderElection === undefined) return undefined;
  return new Leader({
    client: new Client(transport),
    ...leaderElection,
    monotonicMs: () => performance.now(),
    ...rest,
  });
}

function createManager(
  config: Config,
  transport: ReturnType<Leader['fence']>,
  common: Common & { readonly identity: string },
): Manager {
  const namespace = config.namespaces?.[0] ?? 'default';
  return new Manager({
    client: new Client(transport),
    findFeatures: (signal) => findServerFeatures({ transport, namespace, ...common }, signal),
    caches,
    controllers: controllersWith({ ...config, ...alarmsOf(config, common) }),
    concurrency: config.concurrency,
    random: Math.random,
    ...(config.namespaces !== undefined && { namespaces: config.namespaces }),
    ...common,
  });
}

/** Who looks at the alarms of deployments; nobody where it is not said where Prometheus is. */
function alarmsOf({ prometheus }: Config, common: Common): { readonly alarms?: AlarmPoller } {
  if (!prometheus) return {};
  return { alarms: new AlarmPoller({ client: new PrometheusClient(prometheus), ...common }) };
}

function readiness(manager: Manager, leader: Leader | undefined): Readiness {
  if (leader === undefined || leader.holds()) {
    if (manager.isSynced) return { isReady: true, text: 'ok' };
    return { isReady: false, text: 'Waiting for the first list of everything watched' };
  }
  if (leader.holder === undefined) return { isReady: false, text: 'Waiting for a first look at the lease' };
  return { isReady: true, text: `ok, waiting for the lease, which is held by ${JSON.stringify(leader.holder)}` };
}

/** Aborts on SIGTERM and SIGINT; a second one of either ends the process at once, as is Node's default. */
function stopSignal(log: Log): AbortSignal {
  const controller = new AbortController();
  const names = ['SIGTERM', 'SIGINT'] as const;
  const stop = (signal: NodeJS.Signals): void => {
    for (const name of names) process.off(name, stop);
    log.info('Stop requested', { signal });
    controller.abort();
  };
  for (const name of names) process.on(name, stop);
  return controller.signal;
}

/** Runs the operator and ends the process. It listens for signals itself before it waits for anything. */
export async function main(): Promise<void> {
  try {
    const config = readConfig();
    if (config === 'help') process.stdout.write(helpText());
    else process.exit((await run(config)) === 'lost' ? 1 : 0);
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof StartError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(error instanceof ConfigError ? 2 : 1);
  }
}
