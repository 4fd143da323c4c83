import { apiVersion } from '../../api/meta.ts';
import { supportedBy } from '../../api/supported.ts';
import { taskDefinitionKind } from '../../api/task-definition.ts';
import { dnsName } from '../../base/dns-name.ts';
import { decisionsOf } from './decisions.ts';
import { fatesOf, type Converted, type Fate } from './report.ts';

/** Members that only Describe has (ECS API reference, TaskDefinition). */
const serverSet = [
  'taskDefinitionArn',
  'revision',
  'status',
  'requiresAttributes',
  'compatibilities',
  'registeredAt',
  'registeredBy',
  'deregisteredAt',
  'deleteRequestedAt',
];

/** Developer Guide, "Task definition parameters", Network mode. Without a word, ours would be awsvpc. */
const bridgeFate: Fate = {
  kind: 'changed',
  path: 'networkMode',
  why: 'bridge, which it is on ECS where none is given',
};

/** Turns a task definition, as it is described or registered, into an ECSTaskDefinition. */
export function convertTaskDefinition(input: Readonly<Record<string, unknown>>): Converted {
  const { family: given, networkMode, ...rest } = input;
  const family = typeof given === 'string' ? given : '';
  const name = dnsName(family);
  const isBridge = networkMode === undefined || networkMode === null;
  const own = Object.fromEntries(Object.entries(rest).filter(([member]) => !serverSet.includes(member)));
  const supported = supportedBy(taskDefinitionKind.spec, { ...(!isBridge && { networkMode }), ...own });
  const kept = supported.kept as Readonly<Record<string, unknown>>;
  const revision = typeof input['revision'] === 'number' ? `:${String(input['revision'])}` : '';
  return {
    source: `task definition ${family}${revision}`,
    resource: {
      apiVersion,
      kind: taskDefinitionKind.kind,
      metadata: { name },
      spec: { ...(name !== family && { family }), ...(isBridge && { networkMode: 'bridge' }), ...kept },
    },
    fates: [
      nameFate('family', family, name),
      ...(isBridge ? [bridgeFate] : []),
      ...serverSet
        .filter((member) => Object.hasOwn(rest, member))
        .map((path): Fate => ({ kind: 'implied', path, why: 'ECS has written it; here it is in the status' })),
      ...fatesOf(supported),
    ],
    decisions: decisionsOf(supported),
  };
}

/** A name that is no DNS label stays as what ECS shows, beside `metadata.name`. */
export function nameFate(path: string, given: string, name: string): Fate {
  const why = name === given ? `metadata.name` : `metadata.name ${name}, and spec.${path} as it was`;
  return { kind: 'changed', path, why };
}
