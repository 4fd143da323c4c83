import type { DisruptionBudget, ObjectMeta } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import { ownedBy } from '../../src/controllers/resources.ts';
import { planBudget } from '../../src/core/service/disruption-budget.ts';
import { deepFreeze, iso, service } from './builders.ts';

/** PodDisruptionBudgets as the API server has them. */

/** The one that a service gets, in the namespace `shop`. */
export function budgetOf(owner: Service = service(), metadata: Partial<ObjectMeta> = {}): DisruptionBudget {
  const [step] = planBudget({ service: owner, own: undefined, others: [], tasks: [] }).steps;
  if (step?.kind !== 'createBudget') throw new Error('This service gets no budget');
  const { apiVersion, kind, metadata: ours, spec } = step.budget;
  const given = { namespace: 'shop', uid: `uid-of-${ours.name}`, resourceVersion: '7', creationTimestamp: iso() };
  const owners = { generation: 1, ownerReferences: [ownedBy(owner)] };
  return deepFreeze({ apiVersion, kind, metadata: { ...ours, ...given, ...owners, ...metadata }, spec });
}

/** One that a user has made, by default for whatever has the label `app: web`. */
export function othersBudget(
  spec: DisruptionBudget['spec'] = { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
  metadata: Partial<ObjectMeta> = {},
): DisruptionBudget {
  const own = { name: 'mine', namespace: 'shop', uid: 'uid-of-mine', resourceVersion: '7', creationTimestamp: iso() };
  return deepFreeze({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { ...own, generation: 1, ...metadata },
    spec,
  });
}
