import type { TaskDefinition } from '../api/task-definition.ts';
import { dnsName } from '../base/dns-name.ts';
import { concludeTaskDefinition, planTaskDefinition } from '../core/task-definition/plan.ts';
import type { TaskDefinitionStep, TaskDefinitionWorld } from '../core/task-definition/world.ts';
import { familyOf, familyOfReference } from '../core/task-definition/resolve.ts';
import type { Write } from '../kube/writes/act.ts';
import { defineController, watch } from '../kube/controller.ts';
import { creates, deletes } from '../kube/writes/permissions.ts';
import { keyOf } from '../kube/resource.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { findHolder, indexes, inNamespaceOf } from './caches.ts';
import { usersOf } from './references.ts';
import { controllerRevisions, services, taskDefinitions, tasks } from './resources.ts';
import { readRevision, revisionBody } from './revisions.ts';
import type { Instant } from '../base/clock.ts';
import type { Service } from '../api/service.ts';
import type { Task } from '../api/task.ts';
import { labels } from '../api/labels.ts';

/** Registers revisions of ECSTaskDefinitions. */
export const taskDefinitionController = defineController({
  name: 'task-definition',
  resource: taskDefinitions,
  watches: [
    watch(controllerRevisions, (object, stores) => {
      const family = object.metadata.labels?.[labels.family];
      if (family === undefined) return [];
      return stores.of(taskDefinitions).byIndex(indexes.familyLabel, inNamespaceOf(object, family)).map(keyOf);
    }),
    // A family that is free again is for those who waited for it.
    watch(taskDefinitions, (object, stores) => {
      const family = inNamespaceOf(object, dnsName(familyOf(object)));
      const claimants = stores.of(taskDefinitions).byIndex(indexes.familyLabel, family);
      return claimants.filter(({ metadata }) => metadata.uid !== object.metadata.uid).map(keyOf);
    }),
    watch(services, definitionKeys),
    watch(tasks, definitionKeys),
  ],
  writes: [creates(controllerRevisions), deletes(controllerRevisions)],
  observe,
  plan: planTaskDefinition,
  render,
  conclude: concludeTaskDefinition,
  isStateChange: (before, after) => before.revision !== after.revision,
});

function observe(taskDefinition: TaskDefinition, stores: Stores, now: Instant): TaskDefinitionWorld {
  const family = familyOf(taskDefinition);
  const revisions = stores
    .of(controllerRevisions)
    .byIndex(indexes.family, inNamespaceOf(taskDefinition, dnsName(family)))
    .map(readRevision);
  return {
    now,
    taskDefinition,
    revisions,
    podLevelResources: stores.features.podLevelResources,
    holder: (findHolder(taskDefinition, stores) ?? taskDefinition).metadata.name,
    referenced: new Set([
      ...usersOf(services, taskDefinition, stores).flatMap(({ spec, status }) => [
        ...namedBy(spec, family),
        ...(status?.deployments ?? []).map((each) => each.taskDefinition),
      ]),
      // One that has stopped is never run again.
      ...usersOf(tasks, taskDefinition, stores)
        .filter(({ status }) => status?.lastStatus !== 'STOPPED')
        .flatMap(({ spec, status }) => [...namedBy(spec, family), status?.taskDefinition ?? '']),
    ]),
  };
}

/** The task definitions that a service or task may mean. */
function definitionKeys(user: Service | Task, stores: Stores): string[] {
  const family = familyOfReference(user.spec.taskDefinition);
  return stores.of(taskDefinitions).byIndex(indexes.family, inNamespaceOf(user, family)).map(keyOf);
}

/** The `family:revision` that is named, by whichever name the family is known; none when it is the newest. */
function namedBy({ taskDefinition }: Pick<Service['spec'], 'taskDefinition'>, family: string): string[] {
  const [, number] = taskDefinition.split(':');
  return number === undefined ? [] : [`${family}:${number}`];
}

function render(step: TaskDefinitionStep, { taskDefinition }: TaskDefinitionWorld): Write {
  const namespace = taskDefinition.metadata.namespace ?? '';
  switch (step.kind) {
    case 'register':
      return { verb: 'create', resource: controllerRevisions, namespace, body: revisionBody(step.revision) };
    case 'prune':
      return {
        verb: 'delete',
        resource: controllerRevisions,
        at: { namespace, name: step.revision.name },
        uid: step.revision.uid,
      };
  }
}
