import type { CoreService, TargetGroupBinding } from '../../../api/meta.ts';
import type { Service } from '../../../api/service.ts';
import { contentHash } from '../../../base/hash.ts';
import type { DeploymentRecord } from '../deployment.ts';
import type { RoutingSight } from '../world.ts';
import { wantedObjects, type CoreServiceSpec, type NewBinding, type NewCoreService } from './objects.ts';

/** All that a decision about a service's routing rests on. */
export interface RoutingWorld {
  readonly now: { readonly epochMs: number };
  readonly service: Service;
  /** The PRIMARY deployment, then those that still have tasks. */
  readonly deployments: readonly DeploymentRecord[];
  /** The core Services and the TargetGroupBindings that the service owns. */
  readonly core: readonly CoreService[];
  readonly bindings: readonly TargetGroupBinding[];
  readonly sight: RoutingSight;
}

export type RoutingStep =
  | { readonly kind: 'createCoreService'; readonly body: NewCoreService }
  | { readonly kind: 'changeCoreService'; readonly object: CoreService; readonly spec: Partial<CoreServiceSpec> }
  | { readonly kind: 'removeCoreService'; readonly object: CoreService }
  | { readonly kind: 'createBinding'; readonly body: NewBinding }
  | { readonly kind: 'removeBinding'; readonly object: TargetGroupBinding };

/** How long until somebody is expected to have installed the AWS Load Balancer Controller. */
const nextLookMs = 10_000;

/**
 * One look at the core Services and TargetGroupBindings of a service. They are those of its deployments that have tasks,
 * not those of its spec: the tasks of a deployment that is replaced are reached as long as they run. What others have
 * made is never touched.
 */
export function planRouting(world: RoutingWorld): {
  readonly steps: readonly RoutingStep[];
  readonly wakeAtMs?: number;
} {
  const { service, deployments, sight, now } = world;
  const { core, bindings } = wantedObjects(service, deployments);
  const steps = [...coreSteps(world, core), ...(sight.servesBindings ? bindingSteps(world, bindings) : [])];
  const waits = bindings.length > 0 && !sight.servesBindings;
  return { steps, ...(waits && { wakeAtMs: now.epochMs + nextLookMs }) };
}

function coreSteps({ core: own, sight }: RoutingWorld, wanted: readonly NewCoreService[]): RoutingStep[] {
  const existing = new Map(own.map((object) => [object.metadata.name, object]));
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  return [
    ...wanted
      .filter(({ metadata }) => !sight.taken.includes(metadata.name))
      .flatMap((body) => coreStep(existing.get(body.metadata.name), body)),
    ...own
      .filter((object) => !names.has(object.metadata.name) && !isLeaving(object))
      .map((object): RoutingStep => ({ kind: 'removeCoreService', object })),
  ];
}

function coreStep(object: CoreService | undefined, body: NewCoreService): RoutingStep[] {
  if (!object) return [{ kind: 'createCoreService', body }];
  if (isLeaving(object)) return [];
  // The address of a Service cannot be changed: it is made anew.
  if ((object.spec?.clusterIP === 'None') !== (body.spec.clusterIP === 'None')) {
    return [{ kind: 'removeCoreService', object }];
  }
  if (contentHash([comparable(object.spec)]) === contentHash([comparable(body.spec)])) return [];
  const { clusterIP: _, ...spec } = body.spec;
  return [{ kind: 'changeCoreService', object, spec }];
}

type Comparable = Partial<Pick<CoreServiceSpec, 'selector' | 'ports' | 'publishNotReadyAddresses'>>;

/** What is ours to say of it; the API server leaves out what is false. */
function comparable({ selector, ports, publishNotReadyAddresses = false }: Comparable = {}): object {
  return { selector, ports: ports ?? [], publishNotReadyAddresses };
}

/** A binding never changes: its name tells its target group, which is all that could be another one. */
function bindingSteps({ bindings: own }: RoutingWorld, wanted: readonly NewBinding[]): RoutingStep[] {
  const existing = new Set(own.map(({ metadata }) => metadata.name));
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  return [
    ...wanted
      .filter(({ metadata }) => !existing.has(metadata.name))
      .map((body): RoutingStep => ({ kind: 'createBinding', body })),
    ...own
      .filter((object) => !names.has(object.metadata.name) && !isLeaving(object))
      .map((object): RoutingStep => ({ kind: 'removeBinding', object })),
  ];
}

function isLeaving({ metadata }: CoreService | TargetGroupBinding): boolean {
  return metadata.deletionTimestamp !== undefined;
}
