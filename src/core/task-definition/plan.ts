import { withoutDefaults } from '../../api/content.ts';
import { taskDefinitionKind, type TaskDefinitionSpec, type TaskDefinitionStatus } from '../../api/task-definition.ts';
import { dnsName } from '../../base/dns-name.ts';
import type { EventRecord } from '../../base/events.ts';
import { contentHash } from '../../base/hash.ts';
import type { Plan } from '../../base/plan.ts';
import { constraintProblem } from '../placement/query/constraints.ts';
import { compileStartOrder } from '../task/start-order/compile.ts';
import { lengthProblem } from './length.ts';
import { familyOf, newestRevision } from './resolve.ts';
import { definitionSizeProblem, inUnits } from './size.ts';
import { refusedStatus, registeredStatus, stalledStatus, unregisteredStatus, type Problem } from './status.ts';
import type { NewRevision, TaskDefinitionStep, TaskDefinitionWorld } from './world.ts';

/** How many revisions that nobody refers to are kept, beside the newest. */
const keptRevisions = 100;

/**
 * Registers a revision whenever the content differs from the newest revision's, and prunes old ones nobody refers to.
 *
 * Numbers are never used twice (ECS API reference, RegisterTaskDefinition): the newest revision is never pruned and
 * outlives its ECSTaskDefinition, so it is the high-water mark; `status.revision` is a second one. The same content
 * again registers nothing (applying a manifest twice is not a change), going back to older content does.
 */
export function planTaskDefinition(world: TaskDefinitionWorld): Plan<TaskDefinitionStatus, TaskDefinitionStep> {
  const { taskDefinition, holder } = world;
  if (holder !== taskDefinition.metadata.name) return { steps: [], status: refusedStatus(world), events: [] };
  const order = compileStartOrder(taskDefinition.spec.containerDefinitions);
  if (order.kind === 'refused') return { steps: [], status: stalledStatus(world, order), events: [] };
  const content = contentOf(taskDefinition.spec);
  const problem = registrationProblem(content);
  if (problem) return { steps: [], status: stalledStatus(world, problem), events: [] };
  const newest = newestRevision(world.revisions);
  const hash = contentHashOf(content);
  if (newest?.hash === hash) {
    return { steps: pruneSteps(world), status: registeredStatus(world, order, newest), events: [] };
  }
  const revision = nextRevision(world, hash, content);
  return {
    steps: [{ kind: 'register', revision }],
    status: registeredStatus(world, order, { ...revision, registeredAt: world.now.iso }),
    events: [registered(revision)],
  };
}

/** Why ECS would not register it: what the API server cannot check. */
function registrationProblem(content: TaskDefinitionSpec): Problem | undefined {
  const tooLong = lengthProblem(content);
  if (tooLong !== undefined) return { reason: 'DefinitionTooLong', message: tooLong };
  const size = definitionSizeProblem(content);
  if (size !== undefined) return { reason: 'InvalidSize', message: size };
  const constraint = constraintProblem(content.placementConstraints ?? [], 'placementConstraints');
  return constraint === undefined ? undefined : { reason: 'InvalidPlacementConstraint', message: constraint };
}

/** A revision that was not registered is not claimed: its number is tried again. Nothing refers to it yet. */
export function concludeTaskDefinition(
  world: TaskDefinitionWorld,
  plan: Plan<TaskDefinitionStatus, TaskDefinitionStep>,
  { failed }: { readonly failed: readonly { readonly step: TaskDefinitionStep; readonly message: string }[] },
): Pick<Plan<TaskDefinitionStatus, TaskDefinitionStep>, 'status' | 'events'> {
  const refused = failed.find(({ step }) => step.kind === 'register');
  if (!refused) return plan;
  return { status: unregisteredStatus(world, refused.message), events: [] };
}

/** What makes two revisions the same: their content without default values. */
export function contentHashOf(content: TaskDefinitionSpec): string {
  return contentHash(withoutDefaults(taskDefinitionKind.spec, content));
}

/** What a revision holds: everything but the family, which names it; the size in units, as ECS keeps it. */
function contentOf(spec: TaskDefinitionSpec): TaskDefinitionSpec {
  const { family: _family, ...content } = spec;
  return inUnits(content);
}

function nextRevision(world: TaskDefinitionWorld, hash: string, content: TaskDefinitionSpec): NewRevision {
  const family = familyOf(world.taskDefinition);
  const highest = Math.max(world.taskDefinition.status?.revision ?? 0, ...world.revisions.map((each) => each.number));
  const number = highest + 1;
  return { name: `${dnsName(family)}.${String(number)}`, family, number, hash, content };
}

function pruneSteps(world: TaskDefinitionWorld): TaskDefinitionStep[] {
  return world.revisions
    .toSorted((a, b) => b.number - a.number)
    .slice(keptRevisions)
    .filter((revision) => !world.referenced.has(`${revision.family}:${String(revision.number)}`))
    .map((revision) => ({ kind: 'prune', revision }));
}

function registered(revision: NewRevision): EventRecord {
  const id = `${revision.family}:${String(revision.number)}`;
  return { type: 'Normal', reason: 'Registered', action: 'Register', message: `registered revision ${id}` };
}
