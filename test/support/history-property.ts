import fc from 'fast-check';
import { ClusterModel } from './cluster-model.ts';
import { history, someBreaker, someContent, type Happening } from './history.ts';
import { assertGoesWell, type Last } from './settled.ts';

/** Whatever happens, the service keeps its promises, and settles once it is left alone. */
export const keepsPromises: fc.IPropertyWithHooks<[Happening[], number, Last]> = fc.property(
  history,
  fc.nat(5),
  fc.record({ last: someContent, breaker: someBreaker }),
  (happenings, desiredCount, end) => {
    const cluster = new ClusterModel();
    cluster.change({ desiredCount });
    assertGoesWell(cluster, happenings, end);
  },
);
