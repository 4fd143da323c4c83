import { labels } from '../api/labels.ts';
import type { Task } from '../api/task.ts';
import { memo } from '../base/memo.ts';
import type { Launched } from '../core/service/world.ts';
import { recordedFate } from '../core/task/fate.ts';
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
const readRecord = memo(({ spec, metadata }: Task): Launched => {
  const { record } = spec.kubernetes ?? {};
  return {
    deployment: metadata.labels?.[labels.deployment] ?? '',
    launch: record?.launch ?? 0,
    ...(record && { fate: recordedFate(record) }),
  };
});
