import { systemClock } from '../../../src/base/clock.ts';
import { settleAll } from '../../../src/base/concurrency.ts';
import { silentLog } from '../../../src/base/log.ts';
import { caches } from '../../../src/controllers/caches.ts';
import { pods } from '../../../src/controllers/resources.ts';
import { Client } from '../../../src/kube/client.ts';
import { Informer } from '../../../src/kube/cache/informer.ts';
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts';
import type { Cache } from '../../../src/kube/manager.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { Store } from '../../../src/kube/cache/store.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { Exporter } from '../../../src/metrics/exporter.ts';
import { countCreated, namesOf } from './created.ts';
import type { Contender } from './job.ts';
import { concurrency, listVersion } from './numbers.ts';
import { podToCreate } from './pods.ts';

/** The operator kit, put together as the operator does it: with its index, its projection of pods and its metrics. */
export function createContender(kubeconfig: string): Contender {
  const common = { log: silentLog, meter: new Exporter().meter, clock: systemClock };
  const kubeConfig = loadKubeConfig(kubeconfig);
  const transport = new Transport({ kubeConfig, connections: concurrency, userAgent: 'bench', ...common });
  const client = new Client(transport);
  return {
    follow: async (work) => {
      const cache = podCache();
      const store = new Store({ ...cache, ...common });
      const random = Math.random;
      const informer = new Informer({ client, store, resource: cache.resource, random, ...common });
      const events = await follow(informer, store, work.events);
      return { pods: store.size, events, held: store };
    },
    create: async (work) => {
      const names = namesOf(work);
      const answers = await settleAll(names, concurrency, (name) => client.create(pods, 'default', podToCreate(name)));
      return { pods: countCreated(answers, names), events: 0 };
    },
  };
}

/** Resolves when the list is in and the last event was seen; gives the number of changes since the list. */
async function follow(informer: Informer<KubeObject>, store: Store<KubeObject>, events: number): Promise<number> {
  let seen = 0;
  const { promise: last, resolve } = Promise.withResolvers<void>();
  // the list adds, every event changes
  store.onChange(({ before, after }) => {
    if (before !== undefined) seen++;
    if (after?.metadata.resourceVersion === String(listVersion + events)) resolve();
  });
  void informer.run(new AbortController().signal);
  await informer.synced;
  if (events > 0) await last;
  return seen;
}

function podCache(): Cache {
  const cache = caches.find(({ resource }) => resource.plural === pods.plural);
  if (!cache) throw new Error('The operator does not watch pods');
  return cache;
}
