import type { RoutingConfiguration } from '../../../api/routing.ts';
import type { FieldDifference } from '../../differences.ts';
import { aliasOf, connectName, registryName, type NamedService } from './names.ts';

/** What of a service's routing is not as on ECS. */
export function routingDifferences(
  service: Pick<NamedService, 'name'>,
  { serviceRegistries = [], serviceConnectConfiguration }: RoutingConfiguration,
): FieldDifference[] {
  return [
    ...serviceRegistries
      .filter(({ registryArn }) => !registryArn.startsWith('service:'))
      .map((each) => ({
        paths: ['serviceRegistries[0].registryArn'],
        what: `Cloud Map is told nothing: the tasks are found as the headless core Service ${registryName(service, each)}`,
      })),
    ...(serviceConnectConfiguration?.enabled === true ? connectDifferences(serviceConnectConfiguration) : []),
  ];
}

type Connect = NonNullable<RoutingConfiguration['serviceConnectConfiguration']>;

function connectDifferences(connect: Connect): FieldDifference[] {
  const { services = [], namespace, logConfiguration, accessLogConfiguration } = connect;
  const at = 'serviceConnectConfiguration';
  const idle = [
    ...(logConfiguration ? [`${at}.logConfiguration`] : []),
    ...(accessLogConfiguration ? [`${at}.accessLogConfiguration`] : []),
  ];
  const renamed = services.flatMap((each, index) => {
    const [alias, name] = [aliasOf(each), connectName(each, namespace)];
    if (alias === name) return [];
    const paths = [`${at}.services[${String(index)}]`];
    return [{ paths, what: `a core Service cannot be called ${alias}: clients in this namespace reach it as ${name}` }];
  });
  return [
    ...(services.length > 0
      ? [
          {
            paths: [at],
            what: 'there is no proxy: kube-proxy balances connections, nothing is tried again or ejected, and tasks that run see new names too',
          },
        ]
      : []),
    ...renamed,
    ...(idle.length > 0 ? [{ paths: idle, what: 'it has no effect, there is no proxy' }] : []),
  ];
}
