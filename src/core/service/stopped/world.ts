import type { NodeView, PodView } from '../../../api/meta.ts';
import type { Service } from '../../../api/service.ts';
import type { Task } from '../../../api/task.ts';
import type { Instant } from '../../../base/clock.ts';
import type { DeploymentRecord } from '../deployment.ts';
import type { Launched } from '../world.ts';

/** A pod that has ended. */
export interface EndedPod {
  readonly pod: PodView;
  /** Why we deleted it; undefined when we did not, or do not remember. */
  readonly reason: string | undefined;
}

/** A pod that is gone, as it was last seen. */
export interface DepartedPod extends EndedPod {
  /** Epoch ms at which it was seen to be gone. */
  readonly atMs: number;
}

/** All that a decision about the stopped tasks of a service rests on, read at one moment. */
export interface StoppedWorld {
  readonly now: Instant;
  readonly service: Service;
  readonly deployments: readonly DeploymentRecord[];
  /** The service's pods that have ended. */
  readonly pods: readonly EndedPod[];
  readonly departed: readonly DepartedPod[];
  /** The nodes that all these pods are or were on, by name; those that exist. */
  readonly nodes: ReadonlyMap<string, NodeView>;
  /** The launches of all that is known of the service's tasks: their pods, memories of pods, and records. */
  readonly known: readonly Launched[];
  /** The records of the service's stopped tasks. */
  readonly records: readonly Task[];
  /** How many services there are, this one among them. */
  readonly services: number;
  /** How long records are kept. */
  readonly keptSeconds: number;
  /** Epoch ms since when the pods are watched without a gap. */
  readonly watchedSinceMs: number;
}
