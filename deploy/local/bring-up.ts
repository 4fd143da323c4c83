import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { LocalApi, LocalApiError } from './api.ts';
import type { Settings } from './control-plane.ts';
import { applyFargateAdmission, isFargateAdmissionActive } from './fargate/admission.ts';
import { type Layout, componentKubeconfig } from './layout.ts';
import { createNodes } from './nodes.ts';
import { findState, writeState } from './state.ts';

/** How long a cluster may take to come up, in milliseconds: several times what it takes on two busy cores. */
export function startTimeoutMs(nodes: number): number {
  return 90_000 + nodes * 75;
}

/** Makes the nodes and the Fargate admission in a starting cluster and waits until pods can be created in it. */
export async function bringUp(layout: Layout, { nodes }: Settings, isAlive: () => boolean): Promise<void> {
  const until = waiter(isAlive, nodes);
  const kubeconfig = componentKubeconfig(layout, 'setup');
  await until('the API server to make its certificate', () => existsSync(kubeconfig));
  const api = new LocalApi(kubeconfig);
  try {
    await until('the API server', () => answers(api, '/readyz'));
    await Promise.all([applyFargateAdmission(api), createNodes(api, nodes)]);
    await until('the controllers', () => answers(api, '/api/v1/namespaces/default/serviceaccounts/default'));
    await until('the nodes', () => areNodesReady(api));
    await until('the Fargate admission', () => isFargateAdmissionActive(api));
  } finally {
    await api.close();
  }
  const state = findState(layout);
  if (state !== undefined) writeState(layout, { ...state, ready: true });
}

/** Asks again and again, until the deadline all waits have in common. */
function waiter(isAlive: () => boolean, nodes: number) {
  const timeoutMs = startTimeoutMs(nodes);
  const deadline = Date.now() + timeoutMs;
  // listing many nodes takes the server's time from making them
  const pauseMs = Math.max(50, nodes);
  return async (what: string, ask: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await ask())) {
      if (!isAlive()) throw new Error(`A process ended while waiting for ${what}`);
      if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs / 1000} s in vain for ${what}`);
      await wait(pauseMs);
    }
  };
}

async function answers(api: LocalApi, path: string): Promise<boolean> {
  try {
    await api.request<unknown>(path);
    return true;
  } catch (error) {
    if (error instanceof LocalApiError || isConnectionError(error)) return false;
    throw error;
  }
}

/** Ready, and rid of the taint that keeps pods away until the node controller has seen it. */
async function areNodesReady(api: LocalApi): Promise<boolean> {
  const { items } = await api.request<{ items: NodeView[] }>('/api/v1/nodes');
  return items.every(({ spec }) => (spec.taints ?? []).every(({ key }) => key !== 'node.kubernetes.io/not-ready'));
}

interface NodeView {
  readonly spec: { readonly taints?: readonly { readonly key: string }[] };
}

function isConnectionError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return ['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET'].includes(code);
}
