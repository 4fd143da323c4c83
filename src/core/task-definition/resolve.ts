import type { KubeObject } from '../../api/meta.ts';
import type { TaskDefinition, TaskDefinitionSpec } from '../../api/task-definition.ts';
import type { CapacityProblem } from '../capacity/problem.ts';

/** A registered revision, as its ControllerRevision keeps it. */
export interface RevisionRecord {
  /** Name of the ControllerRevision. */
  readonly name: string;
  readonly uid: string;
  readonly family: string;
  readonly number: number;
  readonly hash: string;
  readonly registeredAt: string;
  readonly content: TaskDefinitionSpec;
}

/** Why tasks cannot be placed as they should be. */
export type PlacementProblemReason = 'InvalidPlacementConstraint' | 'PlacementNotExpressible';

/** What a service's `taskDefinition` stands for, or why it stands for nothing yet, or has nothing to run on. */
export type Resolution =
  | { readonly kind: 'found'; readonly taskDefinition: string; readonly content: TaskDefinitionSpec }
  | {
      readonly kind: 'missing';
      readonly reason:
        | 'TaskDefinitionNotFound'
        | 'TaskDefinitionNotRegistered'
        | 'RevisionNotFound'
        | 'LaunchTypeNotSupported'
        | 'VolumesNotConfigured'
        | 'InvalidRouting'
        | PlacementProblemReason
        | CapacityProblem['reason'];
      readonly message: string;
    };

/** The family of an ECSTaskDefinition: `spec.family`, else its name. */
export function familyOf(taskDefinition: TaskDefinition): string {
  return taskDefinition.spec.family ?? taskDefinition.metadata.name;
}

/** Of several objects that claim one name, the one that has it: the oldest, then the first by name. */
export function holderOf<T extends KubeObject>(claimants: readonly T[]): T | undefined {
  return claimants.toSorted(
    ({ metadata: a }, { metadata: b }) => compare(a.creationTimestamp, b.creationTimestamp) || compare(a.name, b.name),
  )[0];
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The family part of `family` or `family:revision`. */
export function familyOfReference(reference: string): string {
  return reference.split(':')[0] ?? reference;
}

/** What a reference may mean. */
export interface Candidates {
  /** The object whose name or family the reference names, if there is one. */
  readonly taskDefinition: TaskDefinition | undefined;
  /** Name of the object that holds its family. */
  readonly holder: string | undefined;
  /** The revisions of its family, in any order. */
  readonly revisions: readonly RevisionRecord[];
}

/** Resolves `family` (the newest revision) or `family:revision`. */
export function resolveReference(reference: string, { taskDefinition, holder, revisions }: Candidates): Resolution {
  const [name = reference, number] = reference.split(':');
  if (!taskDefinition) {
    return missing(
      'TaskDefinitionNotFound',
      `ECSTaskDefinition ${name} does not exist in this namespace; what has a revision of it keeps that, what has none starts when it does.`,
    );
  }
  if (holder !== taskDefinition.metadata.name) {
    const family = familyOf(taskDefinition);
    return missing(
      'TaskDefinitionNotRegistered',
      `Family ${family} of ECSTaskDefinition ${name} belongs to ${holder ?? 'another'}.`,
    );
  }
  const newest = newestRevision(revisions);
  if (!newest) return missing('TaskDefinitionNotRegistered', `ECSTaskDefinition ${name} has no revision yet.`);
  const wanted = number === undefined ? newest : revisions.find((revision) => revision.number === Number(number));
  if (!wanted) {
    return missing('RevisionNotFound', `Revision ${reference} is not registered; the newest is ${idOf(newest)}.`);
  }
  return { kind: 'found', taskDefinition: idOf(wanted), content: wanted.content };
}

export function newestRevision(revisions: readonly RevisionRecord[]): RevisionRecord | undefined {
  return revisions.reduce<RevisionRecord | undefined>(
    (newest, revision) => (newest === undefined || revision.number > newest.number ? revision : newest),
    undefined,
  );
}

function idOf(revision: RevisionRecord): string {
  return `${revision.family}:${String(revision.number)}`;
}

function missing(reason: Extract<Resolution, { kind: 'missing' }>['reason'], message: string): Resolution {
  return { kind: 'missing', reason, message };
}
