import fc from 'fast-check';
import { ClusterModel } from './cluster-model.ts';
import { history, someContent, type Happening } from './history.ts';
import { assertGoesWell } from './settled.ts';

/** Whatever happens, the service keeps its promises, and settles once it is left alone. */
export const keepsPromises: fc.IPropertyWithHooks<[Happening[], number, number]> = fc.property(
  history,
  fc.nat(5),
  someContent,
  (happenings, desiredCount, last) => {
    const cluster = new ClusterModel();
    cluster.change({ desiredCount });
    assertGoesWell(cluster, happenings, last);
  },
);
