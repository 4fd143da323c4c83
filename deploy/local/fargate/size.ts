/** A pod's requests as Fargate sees them: millicores and MiB. */
export interface PodRequests {
  readonly cpuMillis: number;
  readonly memoryMiB: number;
}

/** A configuration Fargate offers. */
export interface FargateSize {
  readonly cpuMillis: number;
  readonly memoryMiB: number;
}

/** What Fargate adds to a pod's memory for kubelet, kube-proxy and containerd. */
const overheadMiB = 256;

const gib = 1024;

/** Each vCPU size with its memory: from, to and step, in GiB (EKS user guide, "Fargate Pod configuration"). */
const offers = [
  { cpuMillis: 250, memories: [0.5, 1, 2] },
  { cpuMillis: 500, memories: range(1, 4, 1) },
  { cpuMillis: 1_000, memories: range(2, 8, 1) },
  { cpuMillis: 2_000, memories: range(4, 16, 1) },
  { cpuMillis: 4_000, memories: range(8, 30, 1) },
  { cpuMillis: 8_000, memories: range(16, 60, 4) },
  { cpuMillis: 16_000, memories: range(32, 120, 8) },
];

/**
 * The smallest configuration that holds the requests and the overhead; `undefined` when none does. A pod without
 * requests gets the smallest of all, overhead or not.
 */
export function planFargateSize({ cpuMillis, memoryMiB }: PodRequests): FargateSize | undefined {
  if (cpuMillis === 0 && memoryMiB === 0) return { cpuMillis: 250, memoryMiB: gib / 2 };
  for (const offer of offers) {
    const memory = offer.memories.find((size) => size * gib >= memoryMiB + overheadMiB);
    if (offer.cpuMillis >= cpuMillis && memory !== undefined) {
      return { cpuMillis: offer.cpuMillis, memoryMiB: memory * gib };
    }
  }
  return undefined;
}

/** The text of the pod's `CapacityProvisioned` annotation, for example `0.25vCPU 0.5GB`. */
export function formatFargateSize({ cpuMillis, memoryMiB }: FargateSize): string {
  return `${cpuMillis / 1000}vCPU ${memoryMiB / gib}GB`;
}

/** A container, as far as its size goes. */
export interface SizedContainer {
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
}

/**
 * The requests of a pod: the larger of its biggest init container and the sum of the others. Sidecars (init containers
 * that stay) count with the others: how Fargate counts them is not documented, and this never gives too little.
 */
export function sumRequests(spec: {
  readonly containers: readonly SizedContainer[];
  readonly initContainers?: readonly SizedContainer[];
}): PodRequests {
  const inits = spec.initContainers ?? [];
  const staying = [...spec.containers, ...inits.filter(({ restartPolicy }) => restartPolicy === 'Always')];
  const passing = inits.filter(({ restartPolicy }) => restartPolicy !== 'Always');
  const total = (unit: 'cpu' | 'memory'): number => {
    const sum = staying.map(requestOf(unit)).reduce((a, b) => a + b, 0);
    return Math.max(sum, ...passing.map(requestOf(unit)));
  };
  return { cpuMillis: Math.ceil(total('cpu') * 1000), memoryMiB: Math.ceil(total('memory') / 2 ** 20) };
}

function requestOf(unit: 'cpu' | 'memory'): (container: SizedContainer) => number {
  return ({ resources }) => parseQuantity(resources?.requests?.[unit] ?? '0');
}

const factors: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** The API server has accepted the text, so that only its unit is left to read. */
function parseQuantity(text: string): number {
  const [, number = '0', unit = ''] = /^([0-9.]+(?:e[0-9]+)?)([a-zA-Z]*)$/i.exec(text) ?? [];
  return Number(number) * (factors[unit] ?? 1);
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}
