/** The size of a task: CPU units and MiB. */
export interface Amount {
  readonly cpu: number;
  readonly memory: number;
}

/** The size a definition has as a whole, as far as it says. */
export type TaskSize = Partial<Amount>;

/** What EKS adds to a pod's memory for kubelet, kube-proxy and containerd, in MiB (EKS User Guide, "Fargate Pod configuration"). */
export const overheadMiB = 256;

const gib = 1024;

/** One CPU size with the memory that goes with it. */
interface Row {
  readonly cpu: number;
  readonly memories: readonly number[];
  readonly isOnEcsAlone?: true;
}

/** ECS Developer Guide, "Fargate task definition parameters"; EKS has the same up to 16 vCPU. */
const rows: readonly Row[] = [
  { cpu: 256, memories: [gib / 2, gib, 2 * gib] },
  { cpu: 512, memories: range(1, 4, 1) },
  { cpu: 1024, memories: range(2, 8, 1) },
  { cpu: 2048, memories: range(4, 16, 1) },
  { cpu: 4096, memories: range(8, 30, 1) },
  { cpu: 8192, memories: range(16, 60, 4) },
  { cpu: 16_384, memories: range(32, 120, 8) },
  { cpu: 32_768, memories: [60 * gib, 120 * gib, 244 * gib], isOnEcsAlone: true },
];

/** The sizes of EKS, from the smallest CPU and then the least memory on. */
const sizes: readonly Amount[] = rows
  .filter(({ isOnEcsAlone }) => isOnEcsAlone !== true)
  .flatMap(({ cpu, memories }) => memories.map((memory) => ({ cpu, memory })));

const largest = sizes.at(-1) ?? { cpu: 0, memory: 0 };

/**
 * The size that Fargate on EKS gives a pod and bills: the smallest that holds what is requested and the overhead. A pod
 * that requests nothing gets the smallest of all. Undefined when none is large enough.
 */
export function billedFor(requested: Amount): Amount | undefined {
  if (requested.cpu === 0 && requested.memory === 0) return sizes[0];
  return sizes.find(({ cpu, memory }) => cpu >= requested.cpu && memory >= requested.memory + overheadMiB);
}

/** A size in the words of the annotation `CapacityProvisioned` that EKS puts on a pod: `0.25vCPU 0.5GB`. */
export function capacityOf({ cpu, memory }: Amount): string {
  return `${String(cpu / 1024)}vCPU ${String(memory / gib)}GB`;
}

/**
 * Why a task of that size cannot be launched on Fargate, with the nearest sizes that can; undefined when it can. One
 * without a size is sized by its containers, which ECS does not know.
 */
export function fargateSizeProblem({ cpu, memory }: TaskSize): string | undefined {
  if (cpu === undefined && memory === undefined) return undefined;
  if (cpu === undefined) return "Fargate requires that 'cpu' be defined at the task level";
  if (memory === undefined) return "Fargate requires that 'memory' be defined at the task level";
  const why = whyNot({ cpu, memory });
  return why === undefined ? undefined : `${named({ cpu, memory })} ${why}: ${told(nearest({ cpu, memory }))}`;
}

function whyNot(size: Amount): string | undefined {
  const row = rows.find(({ cpu, memories }) => cpu === size.cpu && memories.includes(size.memory));
  if (!row) return 'is not a Fargate size';
  if (row.isOnEcsAlone) return `is a Fargate size of ECS, but Fargate on EKS ends at cpu ${String(largest.cpu)}`;
  if (billedFor(size)) return undefined;
  return `is a Fargate size, but EKS adds ${String(overheadMiB)} MiB to it and has none that holds both`;
}

/** The next best with no more CPU, and the smallest that holds it all; one of the two may be missing, or both the same. */
function nearest({ cpu, memory }: Amount): readonly Amount[] {
  const possible = sizes.filter(billedFor);
  const cpuBelow = possible.findLast((size) => size.cpu <= cpu)?.cpu ?? possible[0]?.cpu;
  const [closest] = possible
    .filter((size) => size.cpu === cpuBelow)
    .toSorted((a, b) => Math.abs(a.memory - memory) - Math.abs(b.memory - memory));
  const holding = possible.find((size) => size.cpu >= cpu && size.memory >= memory);
  return [...new Set([closest, holding])].filter((size) => size !== undefined);
}

function told(nearest: readonly Amount[]): string {
  return `the nearest ${nearest.length === 1 ? 'is' : 'are'} ${nearest.map(named).join(', and ')}`;
}

function named({ cpu, memory }: Amount): string {
  return `cpu ${String(cpu)} with memory ${String(memory)}`;
}

/** From `from` to `to` GiB in such steps, in MiB. */
function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => (from + index * step) * gib);
}
