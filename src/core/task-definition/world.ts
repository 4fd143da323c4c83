import type { TaskDefinition } from '../../api/task-definition.ts';
import type { Instant } from '../../base/clock.ts';
import type { RevisionRecord } from './resolve.ts';

/** All that a decision about a task definition rests on, read at one moment. */
export interface TaskDefinitionWorld {
  readonly now: Instant;
  readonly taskDefinition: TaskDefinition;
  /** All revisions of the family. */
  readonly revisions: readonly RevisionRecord[];
  /** Name of the task definition that holds the family: this one, unless another came first. */
  readonly holder: string;
  /** Whether the API server takes resources of a pod as a whole. */
  readonly podLevelResources: boolean;
  /** `family:revision` of every revision that a service names or deploys, or a task that has not stopped names or runs. */
  readonly referenced: ReadonlySet<string>;
}

export type TaskDefinitionStep =
  | { readonly kind: 'register'; readonly revision: NewRevision }
  | { readonly kind: 'prune'; readonly revision: RevisionRecord };

export type NewRevision = Omit<RevisionRecord, 'registeredAt' | 'uid'>;
