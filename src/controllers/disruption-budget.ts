import { labels } from '../api/labels.ts';
import type { DisruptionBudget } from '../api/meta.ts';
import type { Service } from '../api/service.ts';
import { budgetNameOf, planBudget, type BudgetStep, type BudgetWorld } from '../core/service/disruption-budget.ts';
import { hasEnded } from '../core/task/facts.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { watch } from '../kube/controller.ts';
import { keyOf } from '../kube/resource.ts';
import { defineSideController } from '../kube/side-controller.ts';
import type { Write } from '../kube/writes/act.ts';
import { createsOwned, deletes, patches } from '../kube/writes/permissions.ts';
import { indexes, inNamespaceOf, isOfService } from './caches.ts';
import { isOwnedBy, owned } from './bodies.ts';
import { disruptionBudgets, pods, services } from './resources.ts';

/**
 * Keeps a PodDisruptionBudget for each ECSService. Pods are not watched for it: how many a service has is in its status,
 * so that a change of them is one of the service.
 */
export const disruptionBudgetController = defineSideController({
  name: 'disruption-budget',
  resource: services,
  watches: [watch(disruptionBudgets, serviceKeys, isNews)],
  writes: [createsOwned(disruptionBudgets), patches(disruptionBudgets), deletes(disruptionBudgets)],
  observe,
  plan: planBudget,
  render,
});

/** The service whose budget it is; for anybody else's, all of the namespace: it may select their tasks. */
function serviceKeys(budget: DisruptionBudget, stores: Stores): string[] {
  const { namespace, labels: own } = budget.metadata;
  const name = own?.[labels.service];
  if (isOfService(budget) && name !== undefined) return [inNamespaceOf(budget, name)];
  return stores
    .of(services)
    .list()
    .filter(({ metadata }) => metadata.namespace === namespace)
    .map(keyOf);
}

/** Not a new status, which counts pods. */
function isNews(before: DisruptionBudget, after: DisruptionBudget): boolean {
  const [old, next] = [before.metadata, after.metadata];
  return old.uid !== next.uid || old.generation !== next.generation || old.deletionTimestamp !== next.deletionTimestamp;
}

function observe(service: Service, stores: Stores): BudgetWorld {
  const { namespace = '', name } = service.metadata;
  const own = isOwnedBy(service);
  const tasks = stores.of(pods).byIndex(indexes.service, inNamespaceOf(service, name));
  return {
    service,
    own: stores.of(disruptionBudgets).get(inNamespaceOf(service, budgetNameOf(service))),
    others: stores.of(disruptionBudgets).byIndex(indexes.othersBudget, namespace),
    tasks: tasks.filter((pod) => own(pod) && !hasEnded(pod)).map(({ metadata }) => metadata.labels ?? {}),
  };
}

function render(step: BudgetStep, { service }: BudgetWorld): Write {
  const namespace = service.metadata.namespace ?? '';
  const resource = disruptionBudgets;
  switch (step.kind) {
    case 'createBudget':
      return { verb: 'create', resource, namespace, body: owned(step.budget, service) };
    case 'changeBudget': {
      const { name, resourceVersion } = step.budget.metadata;
      // Somebody may have set the other of the two members, of which one alone is allowed.
      const spec = { maxUnavailable: null, ...step.spec };
      return { verb: 'patch', resource, at: { namespace, name }, body: { metadata: { resourceVersion }, spec } };
    }
    case 'removeBudget': {
      const { name, uid } = step.budget.metadata;
      return { verb: 'delete', resource, at: { namespace, name }, uid };
    }
  }
}
