import { systemClock } from '../../../src/base/clock.ts';
import { settleAll } from '../../../src/base/concurrency.ts';
import { silentLog } from '../../../src/base/log.ts';
import { Client } from '../../../src/kube/client.ts';
import { Informer } from '../../../src/kube/informer.ts';
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts';
import { Store } from '../../../src/kube/store.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { Exporter } from '../../../src/metrics/exporter.ts';
import { countCreated, namesOf } from './created.ts';
import type { Contender } from './job.ts';
import { concurrency, listVersion } from './numbers.ts';
import { podToCreate } from './pods.ts';
import { pods, projectPod, type Pod } from './projection.ts';

/** The operator kit, put together as the operator does it: with an index, a projection and metrics. */
export function createContender(kubeconfig: string): Contender {
  const common = { log: silentLog, meter: new Exporter().meter, clock: systemClock };
  const kubeConfig = loadKubeConfig(kubeconfig);
  const transport = new Transport({ kubeConfig, connections: concurrency, userAgent: 'bench', ...common });
  const client = new Client(transport);
  return {
    follow: async (work) => {
      const store = new Store({ resource: pods, indexes: { service: serviceOf }, ...common });
      const random = Math.random;
      const informer = new Informer({ client, store, resource: pods, transform: projectPod, random, ...common });
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
async function follow(informer: Informer<Pod>, store: Store<Pod>, events: number): Promise<number> {
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

function serviceOf({ metadata }: Pod): readonly string[] {
  const service = metadata.labels?.['bench.example/service'];
  return service === undefined ? [] : [service];
}
