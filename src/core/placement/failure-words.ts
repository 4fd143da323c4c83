import type { WhyNot } from './model-types.ts';

/** How a reason for which a node does not take a task is told. */
export interface FailureWords {
  /** After the number of nodes that it holds for. */
  readonly count: string;
  /** After the container instance, as ECS's service events have it. */
  readonly closest: string;
  /** As a condition's reason. */
  readonly condition: string;
}

/** ECS's reason where a capacity provider has no instances. */
export const emptyProvider = 'EMPTY CAPACITY PROVIDER';

/** Reasons are those of RunTask's `failures`, and ours where ECS has none (ECS Developer Guide, "API failure reasons"). */
const known: Readonly<Record<string, FailureWords>> = {
  'RESOURCE:CPU': {
    count: 'with insufficient CPU units available',
    closest: 'has insufficient CPU units available',
    condition: 'InsufficientCPU',
  },
  'RESOURCE:MEMORY': {
    count: 'with insufficient memory available',
    closest: 'has insufficient memory available',
    condition: 'InsufficientMemory',
  },
  'RESOURCE:GPU': {
    count: 'with insufficient GPUs available',
    closest: 'encountered error "RESOURCE:GPU"',
    condition: 'InsufficientGPU',
  },
  'RESOURCE:PORTS': {
    count: 'already using a port required by the task',
    closest: 'is already using a port required by your task',
    condition: 'PortInUse',
  },
  'RESOURCE:ENI': {
    count: 'with as many pods as they can have (RESOURCE:ENI)',
    closest: 'encountered error "RESOURCE:ENI"',
    condition: 'InsufficientENI',
  },
  ATTRIBUTE: {
    count: 'missing an attribute required by the task',
    closest: 'is missing an attribute required by your task',
    condition: 'MissingAttribute',
  },
  MemberOf: {
    count: 'with the MemberOf placement constraint unsatisfied',
    closest: 'encountered error "MemberOf placement constraint unsatisfied."',
    condition: 'PlacementConstraintUnsatisfied',
  },
  distinctInstance: {
    count: 'with the distinctInstance placement constraint unsatisfied',
    closest: 'encountered error "distinctInstance placement constraint unsatisfied."',
    condition: 'PlacementConstraintUnsatisfied',
  },
  ANTIAFFINITY: {
    count: 'with tasks that keep it away by constraints of their own',
    closest: 'encountered error "ANTIAFFINITY"',
    condition: 'PlacementConstraintUnsatisfied',
  },
  LOCATION: {
    count: 'where the volumes of the task cannot be (LOCATION)',
    closest: 'encountered error "LOCATION"',
    condition: 'WrongLocation',
  },
  AGENT: { count: 'not Ready (AGENT)', closest: 'encountered error "AGENT"', condition: 'AgentDisconnected' },
  [emptyProvider]: {
    count: 'not of the capacity provider',
    closest: `encountered error "${emptyProvider}"`,
    condition: 'NoInstancesInCapacityProvider',
  },
  DRAINING: { count: 'draining', closest: 'encountered error "DRAINING"', condition: 'InstancesDraining' },
  TAINT: {
    count: 'with a taint that the task does not tolerate',
    closest: 'encountered error "TAINT"',
    condition: 'UntoleratedTaint',
  },
  OTHER: { count: 'that do not take the task', closest: 'does not take the task', condition: 'NotPlaced' },
  'NO ACTIVE INSTANCES': { count: 'not active', closest: 'is not active', condition: 'NoActiveInstances' },
};

/** The words for a reason: its own, or those of any resource or of anything else. */
export function wordsOf(reason: string): FailureWords {
  const own = known[reason];
  if (own) return own;
  const [, resource] = /^RESOURCE:(.+)$/.exec(reason) ?? [];
  const closest = `encountered error "${reason}"`;
  if (resource === undefined) return { count: reason, closest, condition: 'NotPlaced' };
  return { count: `with insufficient ${resource.toLowerCase()} available`, closest, condition: 'InsufficientResource' };
}

/** Why a cluster without nodes takes no task. */
export const noNodes: WhyNot = {
  reason: 'NO ACTIVE INSTANCES',
  counts: [],
  sentence: 'No Container Instances were found in your cluster',
};
