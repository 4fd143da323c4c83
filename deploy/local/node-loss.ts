import { setTimeout as wait } from 'node:timers/promises';
import type { KubeObject, LocalApi } from './api.ts';

const mergePatch = 'application/merge-patch+json';
const strategicPatch = 'application/strategic-merge-patch+json';

/** KWOK looks at the lease every quarter of its 40 s, and acts on the node until it has seen that it lost it. */
const noticedMs = 13_000;

/**
 * Cuts a node off, as a power failure would: its Ready turns Unknown (the node controller's grace period is cut
 * short), and nothing happens to its pods any more, so that a deleted one stays Terminating. Takes 13 s.
 */
export async function loseNode(api: LocalApi, name: string): Promise<void> {
  // KWOK touches neither a node nor its pods while somebody else holds the lease
  const spec = { holderIdentity: 'lost', leaseDurationSeconds: 1_000_000, renewTime: microTime() };
  await api.request(leasePath(name), { method: 'PATCH', body: { spec }, contentType: mergePatch });
  await wait(noticedMs);
  const conditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
    type,
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastTransitionTime: new Date().toISOString(),
  }));
  const body = { status: { conditions } };
  await api.request(`/api/v1/nodes/${name}/status`, { method: 'PATCH', body, contentType: strategicPatch });
}

/** Brings a lost node back: KWOK takes it over again within about ten seconds. */
export async function returnNode(api: LocalApi, name: string): Promise<void> {
  await api.request<KubeObject>(leasePath(name), { method: 'DELETE' });
}

function leasePath(node: string): string {
  return `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node}`;
}

/** Leases have microseconds, which JavaScript's dates do not. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
