import type { LaunchType } from '../../api/placement.ts';
import type { TaskDefinitionSpec } from '../../api/task-definition.ts';
import { notOnFargate } from '../../api/task-settings.ts';
import { launchTypeOf } from '../capacity/launch-type.ts';
import { billedFor, fargateSizeProblem, overheadMiB } from '../fargate/sizes.ts';
import { requestedBy } from '../task/pod/claims.ts';
import { compileStartOrder } from '../task/start-order/compile.ts';
import type { LaunchConfiguration } from '../../api/volume-configurations.ts';
import { launchVolumeProblem } from '../task/launch-volumes.ts';
import type { Resolution } from './resolve.ts';
import { taskSizeOf } from './size.ts';

/** What a service or a task can launch of what its `taskDefinition` stands for, or why it cannot. */
export function resolutionFor(
  spec: LaunchConfiguration & { readonly launchType?: LaunchType | undefined },
  resolution: Resolution,
): Resolution {
  return withVolumes(launchable(resolution, launchTypeOf(spec)), spec);
}

/** The resolution, unless its revision cannot be launched that way: then why, as ECS refuses such a service. */
export function launchable(resolution: Resolution, launchType: LaunchType): Resolution {
  if (resolution.kind === 'missing') return resolution;
  const problem = launchProblem(resolution.content, launchType);
  if (problem === undefined) return resolution;
  const message = `${resolution.taskDefinition} cannot be launched on ${launchType}: ${problem}.`;
  return { kind: 'missing', reason: 'LaunchTypeNotSupported', message };
}

/** The resolution, unless volumes of its revision and those that `spec` configures do not go together. */
function withVolumes(resolution: Resolution, spec: LaunchConfiguration): Resolution {
  if (resolution.kind === 'missing') return resolution;
  const problem = launchVolumeProblem(resolution.content, spec);
  if (problem === undefined) return resolution;
  const message = `${resolution.taskDefinition} cannot be launched: ${problem}.`;
  return { kind: 'missing', reason: 'VolumesNotConfigured', message };
}

const permanent: readonly Extract<Resolution, { kind: 'missing' }>['reason'][] = [
  'LaunchTypeNotSupported',
  'VolumesNotConfigured',
  'InvalidPlacementConstraint',
  'PlacementNotExpressible',
];

/** A revision that cannot be launched stays so; one that is not there may come. */
export function stateOf({ reason }: Extract<Resolution, { kind: 'missing' }>): 'stalled' | 'reconciling' {
  return permanent.includes(reason) ? 'stalled' : 'reconciling';
}

/** Why tasks of this content cannot be launched that way; undefined when they can. */
export function launchProblem(content: TaskDefinitionSpec, launchType: LaunchType): string | undefined {
  const { requiresCompatibilities = [] } = content;
  if (requiresCompatibilities.length > 0 && !requiresCompatibilities.includes(launchType)) {
    return `its requiresCompatibilities are ${requiresCompatibilities.join(', ')}`;
  }
  if (launchType !== 'FARGATE') return undefined;
  return (
    fargateTaskProblem(content) ??
    fargateVolumeProblem(content) ??
    fargateSecretProblem(content) ??
    fargateContainerProblem(content) ??
    fargateSizeProblem(taskSizeOf(content)) ??
    fargateRequestProblem(content)
  );
}

function fargateTaskProblem({
  networkMode,
  ipcMode,
  pidMode,
  runtimePlatform,
}: TaskDefinitionSpec): string | undefined {
  if (networkMode !== 'awsvpc') return `networkMode must be awsvpc, not ${networkMode}`;
  if (ipcMode !== undefined) return 'ipcMode is not supported there';
  if (pidMode === 'host') return 'pidMode must be task, not host';
  return runtimePlatform?.cpuArchitecture === 'ARM64'
    ? 'cpuArchitecture must be X86_64, Fargate on EKS has no ARM64'
    : undefined;
}

/** What the containers of a task without a size ask for must fit as well. */
function fargateRequestProblem(content: TaskDefinitionSpec): string | undefined {
  const order = compileStartOrder(content.containerDefinitions);
  if (order.kind === 'refused') return undefined;
  const requested = requestedBy({ content, order, launchType: 'FARGATE', podLevelResources: false });
  if (billedFor(requested)) return undefined;
  return `its containers ask for cpu ${String(requested.cpu)} with memory ${String(requested.memory)}, and no Fargate size of EKS holds that and the ${String(overheadMiB)} MiB that EKS adds`;
}

function fargateVolumeProblem({ volumes = [], kubernetes }: TaskDefinitionSpec): string | undefined {
  const launched = volumes.find(({ configuredAtLaunch }) => configuredAtLaunch);
  if (launched) return `its volume ${launched.name} is configured at launch, and EKS Fargate mounts no EBS volumes`;
  const onNode = volumes.find(
    ({ name, host }) =>
      (host?.sourcePath ?? '') !== '' && !Object.hasOwn(kubernetes?.persistentVolumeClaims ?? {}, name),
  );
  return (
    onNode && `its volume ${onNode.name} is host.sourcePath, a directory of the node, which is not supported there`
  );
}

function fargateSecretProblem({ kubernetes }: TaskDefinitionSpec): string | undefined {
  if (kubernetes?.secretProviderClass === undefined) return undefined;
  return 'kubernetes.secretProviderClass needs the Secrets Store CSI driver, a DaemonSet, and Fargate runs none';
}

function fargateContainerProblem({ containerDefinitions }: TaskDefinitionSpec): string | undefined {
  for (const { name, isSet } of notOnFargate) {
    const container = containerDefinitions.find(isSet);
    if (container) return `${name} of container ${container.name} is not supported there`;
  }
  return undefined;
}
