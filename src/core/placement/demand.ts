import type { Pod } from '../../api/meta.ts';
import { parseQuantity } from '../../base/quantity.ts';
import type { Amounts } from './model-types.ts';

type Spec = NonNullable<Pod['spec']>;
type Container = Spec['containers'][number];
type Quantities = Readonly<Record<string, string>>;

/** What is read of a pod to know what it takes of its node. */
export interface DemandingPod {
  readonly spec?: Pick<Spec, 'hostNetwork' | 'overhead' | 'resources'> & {
    readonly containers: readonly DemandingContainer[];
    readonly initContainers?: readonly DemandingContainer[];
  };
  readonly status?: Pick<NonNullable<Pod['status']>, 'phase'>;
}

export type DemandingContainer = Pick<Container, 'ports' | 'resources' | 'restartPolicy'>;

/** What a pod takes of its node. */
export interface Demand {
  readonly amounts: Amounts;
  readonly hostPorts: readonly string[];
}

const nothing: Demand = { amounts: {}, hostPorts: [] };

/**
 * What a pod takes of its node, as the kube-scheduler counts it (component-helpers, `PodRequests`): the sum over
 * containers and sidecars, or what an init container takes beside the sidecars before it if that is more; what the pod
 * itself requests of cpu, memory and huge pages instead; its overhead on top; and one of the `pods` that a node can
 * have. A pod that has ended takes nothing, one that is being deleted does until it is gone.
 *
 * Worked example: init 500m, sidecar 100m, init 300m, app 200m: max(100 + 200, 500, 100, 100 + 300) = 500m.
 *
 * The API server has filled in requests from limits. A resize in place counts as what the spec asks for.
 */
export function demandOf({ spec, status }: DemandingPod): Demand {
  if (!spec || status?.phase === 'Succeeded' || status?.phase === 'Failed') return nothing;
  const amounts = { ...ofContainers(spec), ...ofPodItself(spec.resources?.requests) };
  return { amounts: sum(sum(amounts, amountsOf(spec.overhead)), { pods: 1 }), hostPorts: hostPortsOf(spec) };
}

/** Quantities as whole numbers, rounded up as Kubernetes does: CPU in millicores. What cannot be read is left out. */
export function amountsOf(quantities: Quantities = {}): Amounts {
  const amounts: Record<string, number> = {};
  for (const [resource, text] of Object.entries(quantities)) {
    const amount = parseQuantity(text, resource === 'cpu' ? 3 : 0);
    if (amount !== undefined) amounts[resource] = Math.ceil(amount);
  }
  return amounts;
}

function ofContainers({ containers, initContainers = [] }: NonNullable<DemandingPod['spec']>): Amounts {
  let running = containers.map(requestsOf).reduce(sum, {});
  let sidecars: Amounts = {};
  let starting: Amounts = {};
  for (const container of initContainers) {
    const own = requestsOf(container);
    starting = most(starting, sum(sidecars, own));
    if (!isSidecar(container)) continue;
    sidecars = sum(sidecars, own);
    running = sum(running, own);
  }
  return most(running, starting);
}

function isSidecar({ restartPolicy }: DemandingContainer): boolean {
  return restartPolicy === 'Always';
}

function requestsOf({ resources }: DemandingContainer): Amounts {
  return amountsOf(resources?.requests);
}

/** Of a pod's own resources only these count; the others are for its containers to ask. */
function ofPodItself(requests: Quantities | undefined): Amounts {
  const own = Object.entries(amountsOf(requests));
  return Object.fromEntries(own.filter(([name]) => /^(cpu|memory|hugepages-.+)$/.test(name)));
}

/**
 * Ports of the node itself, as `TCP/8080`. The address that a port is bound to is left out: two pods that use one port
 * at different addresses of a node are taken to exclude each other, which the kube-scheduler would allow.
 */
function hostPortsOf({ containers, initContainers = [], hostNetwork }: NonNullable<DemandingPod['spec']>): string[] {
  const ports = [...containers, ...initContainers.filter(isSidecar)].flatMap((container) => container.ports ?? []);
  const named = ports.flatMap(({ hostPort, containerPort, protocol = 'TCP' }) => {
    const port = hostPort ?? (hostNetwork === true ? containerPort : 0);
    return port > 0 ? [`${protocol}/${String(port)}`] : [];
  });
  return [...new Set(named)];
}

function sum(a: Amounts, b: Amounts): Amounts {
  return merge([a, b], (one, other) => one + other);
}

function most(a: Amounts, b: Amounts): Amounts {
  return merge([a, b], Math.max);
}

function merge([a, b]: readonly [Amounts, Amounts], combine: (one: number, other: number) => number): Amounts {
  const names = Object.keys({ ...a, ...b });
  return Object.fromEntries(names.map((name) => [name, combine(a[name] ?? 0, b[name] ?? 0)]));
}
