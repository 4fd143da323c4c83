import type { CapacityProvider } from '../../api/capacity-provider.ts';
import type { LaunchType } from '../../api/placement.ts';
import { nodeGroupLabel, fargateProfileLabel } from '../../api/labels.ts';

/** What a task runs on. */
export interface Capacity {
  /** How its pod is made: for nodes that people size, or for Fargate. */
  readonly launchType: LaunchType;
  /** Absent where it was started by its launch type. */
  readonly provider?: ProviderCapacity;
  /** The one node that it is for: of a DAEMON's task. */
  readonly node?: string;
  /** The provider without room that it stands in for. */
  readonly standsFor?: string;
}

export interface ProviderCapacity {
  /** What ECS would show as `capacityProviderName`. */
  readonly name: string;
  /** Labels of the nodes that belong to it; none for Fargate. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** Further labels of the pod: what pins it to a Fargate profile. */
  readonly podLabels: Readonly<Record<string, string>>;
}

/** What a provider is. @param object undefined of FARGATE where nobody has made one. */
export function capacityOf(
  name: string,
  object: CapacityProvider | undefined,
): Capacity & { readonly provider: ProviderCapacity } {
  const { nodeGroup, nodeSelector, fargate } = object?.spec ?? { fargate: {} };
  const nodeLabels = { ...nodeSelector, ...(nodeGroup !== undefined && { [nodeGroupLabel]: nodeGroup }) };
  const podLabels = { ...(fargate?.profile !== undefined && { [fargateProfileLabel]: fargate.profile }) };
  return { launchType: fargate ? 'FARGATE' : 'EC2', provider: { name, nodeLabels, podLabels } };
}
