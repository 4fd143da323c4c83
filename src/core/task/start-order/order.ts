import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { FieldDifference } from '../../differences.ts';

/** A container that others wait for. */
export interface EarlyContainer {
  readonly definition: ContainerDefinition;
  readonly role: 'init' | 'sidecar';
  /** Whether its health check, as startup probe, holds back what comes after it. */
  readonly isProbed: boolean;
}

/** The form of the pod that keeps the order. */
export interface StartOrder {
  readonly kind: 'possible';
  /** The init containers, in their order. */
  readonly early: readonly EarlyContainer[];
  /** The containers that start together at the end, as they were defined. */
  readonly together: readonly ContainerDefinition[];
  readonly mode: 'none' | 'init' | 'sidecar' | 'mixed';
  /** What differs from ECS. */
  readonly differences: readonly FieldDifference[];
}

/** An order that a pod cannot keep. */
export interface RefusedOrder {
  readonly kind: 'refused';
  readonly reason: 'DependencyCycle' | 'StartOrderNotPossible';
  /** Names the edges and why. */
  readonly message: string;
}
