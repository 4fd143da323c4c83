import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import type { Amount, TaskSize } from '../../fargate/sizes.ts';
import { reservedMiB, taskSizeOf } from '../../task-definition/size.ts';
import type { Snapshot } from '../snapshot.ts';
import type { StartOrder } from '../start-order/order.ts';
import { apportion, shareCpu, shareMemory, type Parts } from './sharing.ts';

/** Millicores and MiB; absent or 0 is none. */
export type Quantities = Partial<Readonly<Record<'cpu' | 'memory', number>>>;

/** What a container or a pod is sure to get, and what it gets at most. */
export interface Claim {
  readonly requests: Quantities;
  readonly limits: Quantities;
}

/** What a pod claims of CPU and memory. */
export interface Claims {
  /** Of the pod as a whole; absent where the containers have all of it. */
  readonly pod?: Claim;
  readonly containers: ReadonlyMap<ContainerDefinition, Claim>;
}

/** What the claims of a task depend on, beside its containers. */
export interface ClaimTerms extends Pick<Snapshot, 'content' | 'launchType'> {
  readonly order: Pick<StartOrder, 'early' | 'together'>;
  /** Whether the API server takes `spec.resources` of a pod, and has the feature on. */
  readonly podLevelResources: boolean;
}

/**
 * The claims of a task's pod. A container's CPU is a request (CPU units are shares), its memory a limit. The size of the
 * task is request and limit of the pod, the ceiling that ECS has in the task's cgroup.
 *
 * Without pod-level resources the containers ask for their parts of it, so that the pod is scheduled as the task, and
 * are held to what is true of each: on ECS none can use more than the task has. Fargate does not know them either; it
 * sizes the pod by the containers' requests, which have to equal their limits.
 */
export function claimsOf(terms: ClaimTerms): Claims {
  const size = taskSizeOf(terms.content);
  const isSized = size.cpu !== undefined || size.memory !== undefined;
  if (terms.launchType === 'FARGATE') return { containers: fargateClaims(terms, size) };
  if (isSized && terms.podLevelResources) return { pod: sizeClaim(size), containers: ownClaims(terms.content) };
  return { containers: isSized ? partClaims(terms, size) : ownClaims(terms.content) };
}

function sizeClaim({ cpu, memory }: TaskSize): Claim {
  const all = { ...(cpu !== undefined && { cpu: millicores(cpu) }), ...(memory !== undefined && { memory }) };
  return { requests: all, limits: all };
}

/** What the containers say themselves. */
function ownClaims(content: TaskDefinitionSpec): Claims['containers'] {
  const cpu = ownCpu(content);
  return claims(content, (each) => ({
    requests: { cpu: cpu.get(each) ?? 0, memory: reservedMiB(each) },
    limits: { memory: each.memory ?? 0 },
  }));
}

function partClaims(terms: ClaimTerms, size: TaskSize): Claims['containers'] {
  const { cpu, memory } = partsOf(terms, size);
  return claims(terms.content, (each) => ({
    requests: { cpu: cpu.get(each) ?? 0, memory: memory?.get(each) ?? reservedMiB(each) },
    limits: { cpu: millicores(size.cpu ?? 0), memory: each.memory ?? size.memory ?? 0 },
  }));
}

/** A task without a size asks for the hard limits of its containers. */
function fargateClaims(terms: ClaimTerms, size: TaskSize): Claims['containers'] {
  const { cpu, memory } = partsOf(terms, size);
  return claims(terms.content, (each) => {
    const part = { cpu: cpu.get(each) ?? 0, memory: memory?.get(each) ?? each.memory ?? reservedMiB(each) };
    return { requests: part, limits: part };
  });
}

/** Of what the task has no size of, the containers' own; of memory none where the task has no size of it. */
function partsOf({ content, order }: ClaimTerms, { cpu, memory }: TaskSize): { cpu: Parts; memory?: Parts } {
  return {
    cpu: cpu === undefined ? ownCpu(content) : shareCpu(millicores(cpu), order),
    ...(memory !== undefined && { memory: shareMemory(memory, order) }),
  };
}

/** Rounded so that the containers never ask for more than the task they fit into. */
function ownCpu({ containerDefinitions }: TaskDefinitionSpec): Parts {
  const units = containerDefinitions.map(({ cpu }) => cpu);
  const total = units.reduce((a, b) => a + b, 0);
  const parts = apportion(millicores(total), units);
  return new Map(containerDefinitions.map((each, index) => [each, parts[index] ?? 0]));
}

function claims(
  { containerDefinitions }: TaskDefinitionSpec,
  claimOf: (definition: ContainerDefinition) => Claim,
): Claims['containers'] {
  return new Map(containerDefinitions.map((each) => [each, claimOf(each)]));
}

function millicores(units: number): number {
  return Math.round((units * 1000) / 1024);
}

/**
 * What a task asks for as a whole, in CPU units and MiB, as the scheduler and Fargate count it: the most that any phase
 * of the pod needs. An init container runs beside the sidecars before it.
 */
export function requestedBy(terms: ClaimTerms): Amount {
  const size = taskSizeOf(terms.content);
  const { pod, containers } = claimsOf(terms);
  const memory = pod?.requests.memory ?? mostOf(terms.order, (each) => containers.get(each)?.requests.memory ?? 0);
  return { cpu: size.cpu ?? mostOf(terms.order, ({ cpu }) => cpu), memory };
}

function mostOf(
  { early, together }: ClaimTerms['order'],
  amountOf: (definition: ContainerDefinition) => number,
): number {
  let [sidecars, most] = [0, 0];
  for (const { definition, role } of early) {
    if (role === 'sidecar') sidecars += amountOf(definition);
    most = Math.max(most, role === 'sidecar' ? sidecars : sidecars + amountOf(definition));
  }
  return Math.max(
    most,
    together.reduce((sum, each) => sum + amountOf(each), sidecars),
  );
}
