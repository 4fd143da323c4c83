import type { NodeView, Pod } from '../../src/api/meta.ts';
import { deepFreeze, node } from './builders.ts';

/** How long a node may be silent before it is lost. */
export const nodeLossMs = 60_000;

interface NodeState {
  readonly unschedulable?: boolean;
  /** Keys of taints. */
  readonly taints?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** RFC 3339 time since which it is silent; absent while it is Ready. */
  readonly silentSince?: string;
}

const outOfService = 'node.kubernetes.io/out-of-service';

/** The nodes of a model, and what a cluster does to them: told apart from the code that reads them. */
export class ClusterNodes {
  readonly #states: Map<string, NodeState>;
  readonly #names: readonly string[];

  constructor(count: number) {
    this.#names = Array.from({ length: count }, (_, index) => `node-${String(index)}`);
    this.#states = new Map(this.#names.map((name) => [name, {}]));
  }

  /** Those that exist, as the API server has them. */
  get views(): ReadonlyMap<string, NodeView> {
    return new Map([...this.#states].map(([name, state]) => [name, viewOf(name, state)]));
  }

  /** The name of the node of that number, whether it exists or not. */
  nameOf(which: number): string {
    return this.#names[which % this.#names.length] ?? '';
  }

  numberOf(name: string): number {
    return this.#names.indexOf(name);
  }

  /** Changes a node that exists. */
  change(which: number, state: NodeState): void {
    const name = this.nameOf(which);
    const before = this.#states.get(name);
    if (before) this.#states.set(name, { ...before, ...state });
  }

  /** Its kubelet falls silent; one that is silent already stays so since then. */
  silence(which: number, since: string): void {
    const name = this.nameOf(which);
    const before = this.#states.get(name);
    if (before) this.#states.set(name, { silentSince: since, ...before });
  }

  /** Its kubelet is heard of again. */
  hear(which: number): void {
    const { silentSince: _, ...before } = this.#states.get(this.nameOf(which)) ?? {};
    if (this.exists(this.nameOf(which))) this.#states.set(this.nameOf(which), before);
  }

  /** It is marked as shut down for good, which one does to a silent node only. */
  putOutOfService(which: number): void {
    if (this.#states.get(this.nameOf(which))?.silentSince !== undefined) this.change(which, { taints: [outOfService] });
  }

  remove(which: number): void {
    this.#states.delete(this.nameOf(which));
  }

  /** A node of that name joins, unless there is one. */
  add(which: number): void {
    const name = this.nameOf(which);
    if (!this.exists(name)) this.#states.set(name, {});
  }

  /** All of them are there, Ready and take pods. */
  restore(): void {
    for (const name of this.#names) this.#states.set(name, {});
  }

  exists(name: string): boolean {
    return this.#states.has(name);
  }

  /** Whether the kubelet that has the pod acts upon it. */
  isHeard({ spec }: Pod): boolean {
    const state = this.#states.get(spec?.nodeName ?? '');
    return spec?.nodeName === undefined || (state !== undefined && state.silentSince === undefined);
  }

  /** Whether the node of the pod is lost; one that is gone has the time to be heard of. */
  isLost(pod: Pod, nowMs: number): boolean {
    const name = pod.spec?.nodeName;
    if (name === undefined) return false;
    const state = this.#states.get(name);
    if (!state) return isLongAgo(boundAt(pod), nowMs);
    return state.taints?.includes(outOfService) === true || isLongAgo(state.silentSince, nowMs);
  }

  /** Whether a node takes new pods. */
  isOpen(which: number): boolean {
    const state = this.#states.get(this.nameOf(which));
    return state !== undefined && isOpen(state);
  }

  /** Whether its kubelet works, whoever it takes. */
  isReady(which: number): boolean {
    const state = this.#states.get(this.nameOf(which));
    return state !== undefined && state.silentSince === undefined;
  }

  /** Where the scheduler puts the next pod; undefined when no node takes any. */
  placeFor(index: number): string | undefined {
    const open = [...this.#states].filter(([, state]) => isOpen(state)).map(([name]) => name);
    return open[index % Math.max(1, open.length)];
  }
}

function boundAt({ status }: Pod): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'PodScheduled')?.lastTransitionTime;
}

function isLongAgo(since: string | undefined, nowMs: number): boolean {
  return since !== undefined && Date.parse(since) + nodeLossMs <= nowMs;
}

function isOpen({ unschedulable = false, taints = [], silentSince }: NodeState): boolean {
  return !unschedulable && taints.length === 0 && silentSince === undefined;
}

function viewOf(name: string, { unschedulable, taints = [], labels = {}, silentSince }: NodeState): NodeView {
  const ready = silentSince === undefined ? { status: 'True' } : { status: 'Unknown', since: silentSince };
  return deepFreeze(
    node(name, {
      metadata: { labels },
      spec: {
        ...(unschedulable !== undefined && { unschedulable }),
        taints: taints.map((key) => ({ key, effect: 'NoSchedule' })),
      },
      ready,
    }),
  );
}
