/** How a resource is told of. */
export interface ResourceWords {
  /** As in RunTask's `failures`; ours where ECS has none. */
  readonly reason: string;
  readonly amount: (amount: number) => string;
}

/**
 * In the units of ECS: CPU units, of which a vCPU has 1024, and MiB. How many pods a node can have follows on EKS from
 * its network interfaces, so a node that has no room for a pod is what ECS calls RESOURCE:ENI.
 */
const known: Readonly<Record<string, ResourceWords>> = {
  cpu: {
    reason: 'RESOURCE:CPU',
    amount: (millicores) => `${String(Math.max(1, Math.round((millicores * 1024) / 1000)))} CPU units`,
  },
  memory: { reason: 'RESOURCE:MEMORY', amount: mebibytes },
  pods: { reason: 'RESOURCE:ENI', amount: () => 'room for another pod' },
  'ephemeral-storage': { reason: 'RESOURCE:DISK', amount: (bytes) => `${mebibytes(bytes)} of disk` },
};

/** Of any resource, by its Kubernetes name. */
export function resourceWords(name: string): ResourceWords {
  const own = known[name];
  if (own) return own;
  const kind = name.slice(name.lastIndexOf('/') + 1).toUpperCase();
  return { reason: `RESOURCE:${kind}`, amount: (amount) => counted(amount, kind === 'GPU' ? 'GPU' : name) };
}

function mebibytes(bytes: number): string {
  return `${String(Math.ceil(bytes / 1024 / 1024))} MiB`;
}

function counted(amount: number, name: string): string {
  return `${String(amount)} ${name}${name === 'GPU' && amount !== 1 ? 's' : ''}`;
}
