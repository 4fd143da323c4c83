import { apiVersion } from '../../api/meta.ts';
import { serviceKind } from '../../api/service.ts';
import { supportedBy } from '../../api/supported.ts';
import { canonicalJson } from '../../base/hash.ts';
import { dnsName } from '../../base/dns-name.ts';
import { serviceDecisionsOf } from './decisions.ts';
import { fatesOf, type Converted, type Fate } from './report.ts';
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

/** The same, of `deploymentConfiguration`. */
const deploymentAsItIsAnyway: Members = {
  deploymentCircuitBreaker: { enable: false, rollback: false },
  alarms: { alarmNames: [], enable: false, rollback: false },
  bakeTimeInMinutes: 0,
};

/** Turns a service, as it is described or created, into an ECSService. */
export function convertService(input: Members): Converted {
  const { serviceName, clusterArn, cluster, taskDefinition, ...rest } = input;
  const given = textOf(serviceName);
  const name = dnsName(given);
  const { own, implied } = withoutImplied(rest);
  const supported = supportedBy(serviceKind.spec, own);
  const kept = supported.kept as Members;
  const family = resourceOf(textOf(taskDefinition)).split(':')[0] ?? '';
  const spec = {
    ...(name !== given && { serviceName: given }),
    ...ofCluster(clusterArn ?? cluster),
    taskDefinition: family,
    ...kept,
  };
  return {
    source: `service ${given}`,
    resource: { apiVersion, kind: serviceKind.kind, metadata: { name }, spec },
    fates: [
      nameFate('serviceName', given, name),
      ...clusterFates(input),
      {
        kind: 'changed',
        path: 'taskDefinition',
        why: `${family}, whose newest revision it follows: revisions are numbered anew`,
      },
      ...implied,
      ...fatesOf(supported),
    ],
    decisions: serviceDecisionsOf(kept),
  };
}

/** What ECS has written, and what says only what happens anyway, apart from the rest. */
function withoutImplied(members: Members): { readonly own: Members; readonly implied: readonly Fate[] } {
  const names = Object.keys(members);
  const written = names.filter((member) => isServerSet(member, members));
  const anyway = names.filter((member) => isIn(asItIsAnyway, member, members[member]));
  const { rest, idle } = withoutIdle(members['deploymentConfiguration']);
  const own = without(members, [...written, ...anyway, ...(idle.length > 0 ? ['deploymentConfiguration'] : [])]);
  return {
    own: { ...own, ...rest },
    implied: [
      ...written.map((path): Fate => ({ kind: 'implied', path, why: 'ECS has written it; here it is in the status' })),
      ...[...anyway, ...idle].map((path): Fate => ({ kind: 'implied', path, why: 'it is what happens anyway' })),
    ],
  };
}

/** What is left of a `deploymentConfiguration` in which something is idle, and the paths of that. */
function withoutIdle(configuration: unknown): { readonly rest: Members; readonly idle: readonly string[] } {
  const given = isRecord(configuration) ? configuration : {};
  const idle = Object.keys(given).filter((member) => isIn(deploymentAsItIsAnyway, member, given[member]));
  const deploymentConfiguration = without(given, idle);
  return {
    rest: idle.length > 0 && Object.keys(deploymentConfiguration).length > 0 ? { deploymentConfiguration } : {},
    idle: idle.map((member) => `deploymentConfiguration.${member}`),
  };
}

/** A DAEMON has a task on each node: nobody asks for the count that ECS prints (ECS API reference, CreateService). */
function isServerSet(member: string, { schedulingStrategy }: Members): boolean {
  return serverSet.includes(member) || (member === 'desiredCount' && schedulingStrategy === 'DAEMON');
}

function isIn(table: Members, member: string, value: unknown): boolean {
  return Object.hasOwn(table, member) && canonicalJson(table[member]) === canonicalJson(value);
}

function ofCluster(cluster: unknown): Members {
  return typeof cluster === 'string' ? { cluster: resourceOf(cluster) } : {};
}

/** ECS prints `clusterArn` and takes `cluster`. */
function clusterFates(input: Members): Fate[] {
  const given = ['clusterArn', 'cluster'].filter((member) => Object.hasOwn(input, member));
  const first = given.find((member) => typeof input[member] === 'string');
  return given.map((path): Fate => {
    if (path === first) return { kind: 'changed', path, why: `the ECSCluster ${resourceOf(textOf(input[path]))}` };
    if (input[path] === null) return { kind: 'implied', path, why: 'nothing is set' };
    return { kind: 'lost', path, why: 'clusterArn says which it is' };
  });
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

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
