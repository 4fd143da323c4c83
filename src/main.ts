import { systemClock } from './base/clock.ts';
import { ConfigError, helpText, readConfig, type Config } from './config.ts';
import { caches } from './controllers/caches.ts';
import { controllers } from './controllers/index.ts';
import { clusters, services } from './controllers/resources.ts';
import { Client } from './kube/client.ts';
import { loadKubeConfig } from './kube/kubeconfig.ts';
import { Manager } from './kube/manager.ts';
import { Transport } from './kube/transport.ts';
import { createLog } from './logging.ts';
import { Exporter } from './metrics/exporter.ts';
import { healthApp, listen, metricsApp } from './server.ts';

/** The composition root: reads the configuration, builds everything once, runs until told to stop. */
async function run(config: Config): Promise<void> {
  const log = createLog(config);
  const exporter = new Exporter();
  const common = { log, meter: exporter.meter, clock: systemClock };
  const transport = new Transport({ kubeConfig: loadKubeConfig(config.kubeconfig), ...common });
  const manager = new Manager({
    client: new Client(transport),
    caches,
    controllers,
    concurrency: config.concurrency,
    random: Math.random,
    ...(config.namespace !== undefined && { namespace: config.namespace }),
    ...common,
  });
  exporter.exportState(() => ({
    services: manager.stores.of(services).list(),
    clusters: manager.stores.of(clusters).list(),
  }));
  const unreadyBecause = (): string | undefined =>
    manager.isSynced ? undefined : 'Waiting for the first list of everything watched';
  const servers = [
    await listen(metricsApp({ scrape: () => exporter.scrape() }), config.metricsAddress),
    await listen(healthApp({ unreadyBecause }), config.healthAddress),
  ];
  log.info('Operator started', { metrics: `${servers[0]?.url ?? ''}/metrics`, health: servers[1]?.url });
  await manager.run(stopSignal());
  await Promise.all([...servers.map((server) => server.close()), transport.close()]);
  log.info('Operator stopped');
}

/** Aborts on SIGTERM and SIGINT; a second one ends the process at once, as Node does by default. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      controller.abort();
    });
  }
  return controller.signal;
}

try {
  const config = readConfig();
  if (config === 'help') process.stdout.write(helpText());
  else await run(config);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
