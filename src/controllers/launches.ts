import { labels } from '../api/labels.ts';
import type { Task } from '../api/task.ts';
import type { Launched } from '../core/service/world.ts';
import { describeTask } from '../core/task/view.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { indexes } from './caches.ts';
import { pods, tasks } from './resources.ts';

/** The launches of a service whose pods are gone, or are recorded, by records and by what the store remembers. */
export function pastLaunches(stores: Stores, service: string): Launched[] {
  const departed = stores.of(pods).departures.byIndex(indexes.service, service);
  return [
    ...stores.of(tasks).byIndex(indexes.service, service).map(readRecord),
    ...departed.map(({ object }) => describeTask(object)),
  ];
}

/** Deployment ids are made of the service's uid: those of an earlier service of the same name are no one's here. */
function readRecord({ spec, metadata }: Task): Launched {
  return { deployment: metadata.labels?.[labels.deployment] ?? '', launch: spec.kubernetes?.record?.launch ?? 0 };
}
