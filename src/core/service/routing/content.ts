import type { RoutingConfiguration, ServiceConnect } from '../../../api/routing.ts';
import { defined } from '../../../base/defined.ts';

/**
 * What of a service's routing is content of its deployments (Developer Guide, UpdateService): all but what is about a
 * proxy that does not exist. No member when its tasks are not routed, so that such deployments are what they were.
 */
export function routingContentOf(spec: RoutingConfiguration): { readonly routing?: RoutingConfiguration } {
  const { loadBalancers = [], serviceRegistries = [] } = spec;
  const connected = connectedOf(spec.serviceConnectConfiguration);
  if (loadBalancers.length + serviceRegistries.length === 0 && !connected) return {};
  return {
    routing: {
      ...(loadBalancers.length > 0 && { loadBalancers: loadBalancers.toSorted(byArn) }),
      ...(serviceRegistries.length > 0 && { serviceRegistries }),
      ...defined('serviceConnectConfiguration', connected),
    },
  };
}

function connectedOf({ enabled, namespace, services = [] }: Partial<ServiceConnect> = {}): ServiceConnect | undefined {
  if (enabled !== true || services.length === 0) return undefined;
  return { enabled, ...defined('namespace', namespace), services };
}

/** Server-side apply decides on the order of a list with keys. */
function byArn(a: { readonly targetGroupArn: string }, b: { readonly targetGroupArn: string }): number {
  return a.targetGroupArn < b.targetGroupArn ? -1 : 1;
}
