import type { PlacementStrategy } from '../../src/api/placement.ts';
import type { PlacedPod, PlacementNode, PlacementRequest } from '../../src/core/placement/model-types.ts';
import { matches } from '../../src/core/placement/query/evaluate.ts';
import { scatter, scatterBoth } from '../../src/core/placement/engine/scatter.ts';

/**
 * The rules of placement as they are told, and nothing remembered: each question looks at all nodes and all pods. Of the
 * engine it shares the query language, and the numbers that stand for chance.
 */
export class PlacementOracle {
  readonly nodes = new Map<string, PlacementNode>();
  readonly pods = new Map<string, PlacedPod>();

  place(request: PlacementRequest): string | undefined {
    this.pods.delete(request.uid);
    const node = this.choose(request);
    const { uid, group, amounts, hostPorts } = request;
    if (node !== undefined) this.pods.set(uid, { uid, node, group, isRunning: false, amounts, hostPorts });
    return node;
  }

  choose(request: PlacementRequest): string | undefined {
    const candidates = [...this.nodes.values()].filter((node) => this.canTake(node, request));
    const ranked = candidates.map((node) => ({ name: node.name, ranks: this.#ranks(node, request) }));
    return ranked.toSorted((a, b) => inOrder(a.ranks, b.ranks) || (a.name < b.name ? -1 : 1))[0]?.name;
  }

  canTake(node: PlacementNode, request: PlacementRequest): boolean {
    const here = this.#on(node);
    const own = here.filter(({ group }) => group === request.group);
    return (
      node.standing === 'active' &&
      Object.entries(request.amounts).every(([name, amount]) => amount <= 0 || this.free(node, name) >= amount) &&
      !here.some(({ hostPorts }) => hostPorts.some((port) => request.hostPorts.includes(port))) &&
      Object.entries(request.nodeSelector).every(([key, value]) => node.labels[key] === value) &&
      node.taints.every((taint) => isTolerated(taint, request)) &&
      request.queries.every((query) => matches(query, this.#subject(node, request))) &&
      !(request.isDistinct && own.length > 0)
    );
  }

  free(node: PlacementNode, name: string): number {
    return this.#on(node).reduce((left, { amounts }) => left - (amounts[name] ?? 0), node.allocatable[name] ?? 0);
  }

  #on({ name }: PlacementNode): PlacedPod[] {
    return [...this.pods.values()].filter(({ node }) => node === name);
  }

  #subject(node: PlacementNode, { group }: PlacementRequest): Parameters<typeof matches>[1] {
    const tasks = this.#on(node).filter((pod) => pod.group !== undefined);
    const [namespace = ''] = group.split('/');
    return {
      attribute: (name) => attribute(node, name),
      ec2InstanceId: node.ec2InstanceId,
      agentConnected: true,
      registeredAtMs: node.registeredAtMs,
      runningTasksCount: tasks.filter(({ isRunning }) => isRunning).length,
      hasGroup: (name) => tasks.some((task) => task.group === `${namespace}/${name}`),
    };
  }

  #ranks(node: PlacementNode, request: PlacementRequest): number[] {
    const zone = { type: 'spread', field: 'attribute:ecs.availability-zone' } as const;
    const byDefault: readonly PlacementStrategy[] = [zone, { type: 'spread', field: 'instanceId' }];
    const strategy = request.strategy.length === 0 ? byDefault : request.strategy;
    const packs = strategy.some(({ type }) => type === 'binpack');
    const tie = packs ? ['cpu', 'memory', 'pods'].map((name) => this.free(node, name)) : [this.#load(node)];
    return [...strategy.map((entry) => this.#rank(node, request, entry)), ...tie, scatter(node.name)];
  }

  #rank(node: PlacementNode, request: PlacementRequest, { type, field = '' }: PlacementStrategy): number {
    if (type === 'random') return scatterBoth(scatter(request.uid), scatter(node.name));
    if (type === 'binpack') return this.free(node, field.toLowerCase());
    const isAlike = (other: PlacementNode): boolean =>
      field.startsWith('attribute:')
        ? attribute(other, field.slice('attribute:'.length)) === attribute(node, field.slice('attribute:'.length))
        : other.name === node.name;
    const counted = [...this.nodes.values()].filter((other) => other.standing === 'active' && isAlike(other));
    return counted.flatMap((other) => this.#on(other)).filter(({ group }) => group === request.group).length;
  }

  #load(node: PlacementNode): number {
    return ['cpu', 'memory', 'pods'].reduce((load, name) => {
      const all = node.allocatable[name] ?? 0;
      return load + (all > 0 ? 1 - this.free(node, name) / all : 1);
    }, 0);
  }
}

function attribute({ labels }: PlacementNode, name: string): string | undefined {
  return name === 'ecs.availability-zone' ? labels['topology.kubernetes.io/zone'] : labels[name];
}

function isTolerated(taint: PlacementNode['taints'][number], { tolerations }: PlacementRequest): boolean {
  const any = tolerations.some(
    ({ key, operator, value, effect }) =>
      (key === undefined ? operator === 'Exists' : key === taint.key) &&
      (operator === 'Exists' || value === taint.value) &&
      (effect === undefined || effect === taint.effect),
  );
  return any || taint.effect === 'PreferNoSchedule';
}

/** The first difference decides. */
function inOrder(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
