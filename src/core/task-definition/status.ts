import type { TaskDefinitionStatus } from '../../api/task-definition.ts';
import { nextConditions, type NextCondition } from '../../base/conditions.ts';
import { clip } from '../../base/text.ts';
import { differsFromEcs } from '../differences.ts';
import type { StartOrder } from '../task/start-order/order.ts';
import { differencesOf } from './differences.ts';
import { familyOf, type RevisionRecord } from './resolve.ts';
import { sizeDifferences, sizeStatusOf } from './size-status.ts';
import type { TaskDefinitionWorld } from './world.ts';

/** Why nothing can be registered. */
export type Problem = Pick<NextCondition, 'reason' | 'message'>;

/** @param revision the one that its content is. */
export function registeredStatus(
  world: TaskDefinitionWorld,
  order: StartOrder,
  revision: Pick<RevisionRecord, 'family' | 'number' | 'registeredAt'>,
): TaskDefinitionStatus {
  const id = `${revision.family}:${String(revision.number)}`;
  return {
    observedGeneration: world.taskDefinition.metadata.generation ?? 0,
    taskDefinition: id,
    revision: revision.number,
    status: 'ACTIVE',
    registeredAt: revision.registeredAt,
    dependsOnMode: order.mode,
    size: sizeStatusOf({ content: world.taskDefinition.spec, order, podLevelResources: world.podLevelResources }),
    conditions: conditionsOf(world, {
      status: 'True',
      reason: 'Registered',
      message: `Revision ${id} is registered.`,
    }),
  };
}

/** Another holds its family. */
export function refusedStatus(world: TaskDefinitionWorld): TaskDefinitionStatus {
  const family = familyOf(world.taskDefinition);
  const message = `Family ${family} belongs to ECSTaskDefinition ${world.holder}, which is older; choose another spec.family.`;
  return stalledStatus(world, { reason: 'FamilyClash', message });
}

/** Nothing is registered; what was stays. */
export function stalledStatus(world: TaskDefinitionWorld, { reason, message }: Problem): TaskDefinitionStatus {
  return {
    ...world.taskDefinition.status,
    observedGeneration: world.taskDefinition.metadata.generation ?? 0,
    conditions: conditionsOf(world, { status: 'False', reason, message: clip(message, 4096) }),
  };
}

/** The API server did not take the revision; it is tried again. @param message why. */
export function unregisteredStatus(world: TaskDefinitionWorld, message: string): TaskDefinitionStatus {
  const { metadata, status } = world.taskDefinition;
  const ready = { status: 'False', reason: 'RegistrationFailed', message: clip(message, 1024) } as const;
  return {
    ...status,
    observedGeneration: metadata.generation ?? 0,
    conditions: conditionsOf(world, ready, 'Reconciling'),
  };
}

/** @param otherwise what it is when it is not Ready. */
function conditionsOf(
  world: TaskDefinitionWorld,
  ready: Pick<NextCondition, 'status' | 'reason' | 'message'>,
  otherwise: 'Reconciling' | 'Stalled' = 'Stalled',
): ReturnType<typeof nextConditions> {
  const { metadata, spec, status } = world.taskDefinition;
  const observedGeneration = metadata.generation ?? 0;
  const differences = [...differencesOf(spec), ...sizeDifferences(spec, world.podLevelResources)];
  const next: NextCondition[] = [{ type: 'Ready', ...ready, observedGeneration }];
  if (ready.status !== 'True') next.push({ type: otherwise, ...ready, status: 'True', observedGeneration });
  return nextConditions(
    status?.conditions,
    [...next, ...differsFromEcs(differences, observedGeneration)],
    world.now.iso,
  );
}
