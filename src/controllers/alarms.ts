import type { Service } from '../api/service.ts';
import type { AlarmPort } from '../core/service/alarm-watch.ts';
import { alarmsToWatch, namedAlarms } from '../core/service/alarms.ts';
import { primaryOf, type DeploymentRecord } from '../core/service/deployment.ts';
import type { ServiceWorld } from '../core/service/world.ts';

/**
 * What is known of the alarms of the service's deployment. It is asked for while the deployment is in progress, and not
 * otherwise, so that nothing is polled at rest.
 * @param port undefined where nobody looks at alarms.
 */
export function alarmsFor(
  service: Service,
  deployments: readonly DeploymentRecord[],
  port: AlarmPort | undefined,
): Pick<ServiceWorld, 'alarms'> {
  if (!port) return namedAlarms(service.spec).length === 0 ? {} : { alarms: { kind: 'off' } };
  const primary = primaryOf(deployments);
  const alarms = alarmsToWatch(service, deployments);
  if (!primary || alarms.length === 0) return {};
  return { alarms: port.watch(nameOf(service, primary), alarms) };
}

/** One that becomes the PRIMARY deployment again is another one then, with a sequence of its own. */
function nameOf({ metadata }: Service, { name, sequence }: DeploymentRecord): string {
  return `${metadata.namespace ?? ''}/${name}/${String(sequence)}`;
}
