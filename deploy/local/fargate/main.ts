/**
 * Stands in for EKS Fargate: gives each pod that admission has marked a node of its own, and removes the node when the
 * pod is gone. It takes the hostile reading of what is documented: a pod it refuses is never looked at again, and a
 * completed pod keeps its node until it is deleted.
 *
 * Usage: node main.ts <cluster directory>
 */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { LocalApi, LocalApiError } from '../api.ts';
import type { KubeObject } from '../api.ts';
import type { Settings } from '../control-plane.ts';
import { componentKubeconfig, layoutOf } from '../layout.ts';
import { fargateScheduler } from './admission.ts';
import {
  type FargatePod,
  computeTypeLabel,
  ownerKey,
  planFargatePod,
  renderCapacity,
  renderFargateNode,
} from './pod.ts';

const podsPath = `/api/v1/pods?fieldSelector=spec.schedulerName%3D${fargateScheduler}`;
const nodesPath = `/api/v1/nodes?labelSelector=${encodeURIComponent(`${computeTypeLabel}=fargate`)}`;

class FargateStandIn {
  readonly #api: LocalApi;
  readonly #startMs: number;
  /** Uids of pods already provisioned or refused. */
  readonly #seen = new Set<string>();
  /** Pod uid to node name. */
  readonly #nodes = new Map<string, string>();
  #nextIp = 0;

  constructor(api: LocalApi, startMs: number) {
    this.#api = api;
    this.#startMs = startMs;
  }

  /** Lists and watches once; returns when the watch ends. */
  async follow(signal: AbortSignal): Promise<void> {
    const version = await this.#relist();
    const path = `${podsPath}&watch=true&allowWatchBookmarks=true&resourceVersion=${version}`;
    for await (const { type, object } of this.#api.watch(path, signal)) {
      if (type === 'ERROR') return;
      if (type === 'DELETED') this.#release(object.metadata.uid ?? '');
      else if (type !== 'BOOKMARK') this.#consider(object as FargatePod);
    }
  }

  /** Also removes nodes whose pod went while nobody watched. */
  async #relist(): Promise<string> {
    const nodes = await this.#api.request<List<KubeObject>>(nodesPath);
    for (const { metadata } of nodes.items) this.#nodes.set(metadata.annotations?.[ownerKey] ?? '', metadata.name);
    this.#nextIp = Math.max(this.#nextIp, nodes.items.length);
    const pods = await this.#api.request<List<FargatePod>>(podsPath);
    const present = new Set(pods.items.map(({ metadata }) => metadata.uid));
    for (const uid of this.#nodes.keys()) if (!present.has(uid)) this.#release(uid);
    for (const pod of pods.items) this.#consider(pod);
    return pods.metadata.resourceVersion ?? '';
  }

  #consider(pod: FargatePod): void {
    const uid = pod.metadata.uid ?? '';
    if (this.#seen.has(uid) || !isWaiting(pod)) return;
    this.#seen.add(uid);
    this.#provision(pod).catch((error: unknown) => {
      if (error instanceof LocalApiError && error.status === 404) return;
      // the pod may have gone, or its node's name be taken: the next relist tries again
      process.stderr.write(`Provisioning for ${pod.metadata.name} failed: ${String(error)}\n`);
      this.#seen.delete(uid);
    });
  }

  async #provision(pod: FargatePod): Promise<void> {
    const plan = planFargatePod(pod);
    if (plan.kind === 'refuse') return this.#refuse(pod, plan.message);
    const { namespace, name, uid = '' } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    await this.#patch(path, renderCapacity(plan.size));
    await wait(this.#startMs);
    const node = await this.#createNode(pod, (ip) => renderFargateNode(pod, plan.size, ip));
    const target = { apiVersion: 'v1', kind: 'Node', name: node };
    const metadata = { name, namespace, uid };
    try {
      await this.#waitForReady(node);
      const body = { apiVersion: 'v1', kind: 'Binding', metadata, target };
      await this.#api.request(`${path}/binding`, { method: 'POST', body });
    } catch (error) {
      this.#release(uid);
      throw error;
    }
  }

  /** Tries the next address while one is taken. */
  async #createNode(pod: FargatePod, render: (ip: string) => KubeObject): Promise<string> {
    for (;;) {
      const number = this.#nextIp++;
      const node = render(
        `10.${200 + (Math.floor(number / 60_000) % 50)}.${Math.floor(number / 240) % 250}.${(number % 240) + 10}`,
      );
      try {
        await this.#api.request('/api/v1/nodes', { method: 'POST', body: node });
        this.#nodes.set(pod.metadata.uid ?? '', node.metadata.name);
        return node.metadata.name;
      } catch (error) {
        if (!(error instanceof LocalApiError && error.status === 409)) throw error;
      }
    }
  }

  async #waitForReady(node: string): Promise<void> {
    const path = `/api/v1/nodes/${node}`;
    while (!isReady(await this.#api.request<NodeView>(path))) await wait(100);
  }

  #release(uid: string): void {
    this.#seen.delete(uid);
    const node = this.#nodes.get(uid);
    if (node === undefined) return;
    this.#nodes.delete(uid);
    this.#api.request(`/api/v1/nodes/${node}`, { method: 'DELETE' }).catch((error: unknown) => {
      if (!(error instanceof LocalApiError && error.status === 404)) {
        process.stderr.write(`Removing ${node} failed: ${String(error)}\n`);
      }
    });
  }

  async #refuse({ metadata }: FargatePod, message: string): Promise<void> {
    const { name, namespace, uid } = metadata;
    const now = new Date().toISOString();
    const body = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { generateName: `${name}.`, namespace },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
      type: 'Warning',
      reason: 'FailedScheduling',
      message,
      source: { component: fargateScheduler },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    await this.#api.request(`/api/v1/namespaces/${namespace}/events`, { method: 'POST', body });
  }

  async #patch(path: string, body: object): Promise<void> {
    await this.#api.request(path, { method: 'PATCH', body, contentType: 'application/merge-patch+json' });
  }
}

/** Bound, gated and deleted pods are nothing for a scheduler. */
function isWaiting({ spec, metadata }: FargatePod): boolean {
  const isGated = (spec.schedulingGates ?? []).length > 0;
  return !isGated && spec.nodeName === undefined && metadata.deletionTimestamp === undefined;
}

function isReady({ status }: NodeView): boolean {
  return (status.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');
}

interface NodeView {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface List<T> {
  readonly metadata: { readonly resourceVersion?: string };
  readonly items: readonly T[];
}

const layout = layoutOf(process.argv[2] ?? '');
const { fargateStartMs } = JSON.parse(readFileSync(layout.settings, 'utf8')) as Settings;
const standIn = new FargateStandIn(new LocalApi(componentKubeconfig(layout, 'fargate')), fargateStartMs);
for (;;) {
  try {
    await standIn.follow(AbortSignal.timeout(600_000));
  } catch (error) {
    // while the API server starts there is nobody to talk to yet
    process.stderr.write(`Following pods failed: ${String(error)}\n`);
    await wait(200);
  }
}
