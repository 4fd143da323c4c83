import type { LaunchType } from '../../api/placement.ts';

/** What a task runs on. */
export interface Capacity {
  /** How its pod is made: for nodes that people size, or for Fargate. */
  readonly launchType: LaunchType;
  /** Absent where it was started by its launch type. */
  readonly provider?: {
    /** What ECS would show as `capacityProviderName`. */
    readonly name: string;
    /** Labels of the nodes that belong to it; none for Fargate. */
    readonly nodeLabels: Readonly<Record<string, string>>;
    /** Further labels of the pod: what pins it to a Fargate profile. */
    readonly podLabels: Readonly<Record<string, string>>;
  };
}
