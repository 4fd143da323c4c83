import { CoreV1Api, KubeConfig, makeInformer, type V1Pod } from '@kubernetes/client-node';
import { settleAll } from '../../../src/base/concurrency.ts';
import { countCreated, namesOf } from './created.ts';
import type { Contender } from './job.ts';
import { concurrency, listVersion } from './numbers.ts';
import { podToCreate } from './pods.ts';

/** @kubernetes/client-node, used as its own examples show. */
export function createContender(kubeconfig: string): Contender {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(kubeconfig);
  const api = kubeConfig.makeApiClient(CoreV1Api);
  return {
    follow: async (work) => {
      const informer = makeInformer(kubeConfig, '/api/v1/pods', () => api.listPodForAllNamespaces());
      const events = await follow(informer, work.events);
      return { pods: informer.list().length, events, held: informer };
    },
    create: async (work) => {
      const names = namesOf(work);
      const create = (name: string): Promise<V1Pod> =>
        api.createNamespacedPod({ namespace: 'default', body: podToCreate(name) });
      return { pods: countCreated(await settleAll(names, concurrency, create), names), events: 0 };
    },
  };
}

/** Resolves when the list is in and the last event was seen; gives the number of changes since the list. */
async function follow(informer: ReturnType<typeof makeInformer<V1Pod>>, events: number): Promise<number> {
  let seen = 0;
  const { promise: last, resolve, reject } = Promise.withResolvers<void>();
  // the list adds, every event changes
  informer.on('update', ({ metadata }) => {
    seen++;
    if (metadata?.resourceVersion === String(listVersion + events)) resolve();
  });
  informer.on('error', reject);
  await informer.start();
  if (events > 0) await last;
  return seen;
}
