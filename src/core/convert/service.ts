import { apiVersion } from '../../api/meta.ts';
import { serviceKind } from '../../api/service.ts';
import { supportedBy } from '../../api/supported.ts';
import { canonicalJson } from '../../base/hash.ts';
import { dnsName } from '../../base/dns-name.ts';
import type { Converted, Fate } from './report.ts';
import { nameFate } from './task-definition.ts';

type Members = Readonly<Record<string, unknown>>;

/** Members that only Describe has (ECS API reference, Service). */
const serverSet = [
  'serviceArn',
  'status',
  'runningCount',
  'pendingCount',
  'createdAt',
  'createdBy',
  'deployments',
  'events',
  'taskSets',
  'platformFamily',
  'roleArn',
  'currentServiceDeployment',
  'currentServiceRevisions',
  'resourceManagementType',
];

/** What ECS prints where nobody has asked for anything, and what happens here without it. */
const asItIsAnyway: Members = {
  propagateTags: 'NONE',
  deploymentController: { type: 'ECS' },
  platformVersion: 'LATEST',
  healthCheckGracePeriodSeconds: 0,
  availabilityZoneRebalancing: 'DISABLED',
};

const breakerThatIsOff = canonicalJson({ enable: false, rollback: false });

/** Turns a service, as it is described or created, into an ECSService. */
export function convertService(input: Members): Converted {
  const { serviceName, clusterArn, cluster = clusterArn, taskDefinition, ...rest } = input;
  const given = textOf(serviceName);
  const name = dnsName(given);
  const implied = Object.keys(rest).filter((member) => serverSet.includes(member));
  const anyway = Object.keys(rest).filter((member) => isAsItIsAnyway(member, rest[member]));
  const own = withoutIdleBreaker(without(rest, [...implied, ...anyway]));
  const family = resourceOf(textOf(taskDefinition)).split(':')[0] ?? '';
  const { kept, paths, left } = supportedBy(serviceKind.spec, own);
  const spec = {
    ...(name !== given && { serviceName: given }),
    ...(cluster !== undefined && { cluster: resourceOf(textOf(cluster)) }),
    taskDefinition: family,
    ...(kept as Members),
  };
  return {
    source: `service ${given}`,
    resource: { apiVersion, kind: serviceKind.kind, metadata: { name }, spec },
    fates: [
      nameFate('serviceName', given, name),
      ...clusterFate(cluster),
      {
        kind: 'changed',
        path: 'taskDefinition',
        why: `${family}, whose newest revision it follows: revisions are numbered anew`,
      },
      ...paths.map((path): Fate => ({ kind: 'kept', path, why: '' })),
      ...implied.map((path): Fate => ({ kind: 'implied', path, why: 'ECS has written it; here it is in the status' })),
      ...anyway.map((path): Fate => ({ kind: 'implied', path, why: 'it is what happens anyway' })),
      ...left.map(({ path, reason }): Fate => ({ kind: 'lost', path, why: reason })),
    ],
  };
}

function clusterFate(cluster: unknown): Fate[] {
  if (cluster === undefined) return [];
  return [{ kind: 'changed', path: 'cluster', why: `the ECSCluster ${resourceOf(textOf(cluster))}` }];
}

function isAsItIsAnyway(member: string, value: unknown): boolean {
  return member in asItIsAnyway && canonicalJson(asItIsAnyway[member]) === canonicalJson(value);
}

/** ECS prints a circuit breaker that is off. */
function withoutIdleBreaker(members: Members): Members {
  const { deploymentConfiguration } = members;
  if (typeof deploymentConfiguration !== 'object' || deploymentConfiguration === null) return members;
  const { deploymentCircuitBreaker, ...rest } = deploymentConfiguration as Members;
  const isOff = deploymentCircuitBreaker !== undefined && canonicalJson(deploymentCircuitBreaker) === breakerThatIsOff;
  return isOff ? { ...members, deploymentConfiguration: rest } : members;
}

function without(members: Members, names: readonly string[]): Members {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

/** What an ARN is about: `web:7` of `arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7`. */
function resourceOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
