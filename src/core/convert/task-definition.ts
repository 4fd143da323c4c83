import { apiVersion } from '../../api/meta.ts';
import { supportedBy } from '../../api/supported.ts';
import { taskDefinitionKind } from '../../api/task-definition.ts';
import { dnsName } from '../../base/dns-name.ts';
import type { Converted, Fate } from './report.ts';

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

/** Turns a task definition, as it is described or registered, into an ECSTaskDefinition. */
export function convertTaskDefinition(input: Readonly<Record<string, unknown>>): Converted {
  const { family: given, ...rest } = input;
  const family = typeof given === 'string' ? given : '';
  const name = dnsName(family);
  const own = Object.fromEntries(Object.entries(rest).filter(([member]) => !serverSet.includes(member)));
  const { kept, paths, left } = supportedBy(taskDefinitionKind.spec, own);
  const spec = { ...(name !== family && { family }), ...(kept as Record<string, unknown>) };
  const revision = typeof input['revision'] === 'number' ? `:${String(input['revision'])}` : '';
  return {
    source: `task definition ${family}${revision}`,
    resource: { apiVersion, kind: taskDefinitionKind.kind, metadata: { name }, spec },
    fates: [
      nameFate('family', family, name),
      ...paths.map((path): Fate => ({ kind: 'kept', path, why: '' })),
      ...serverSet
        .filter((member) => input[member] !== undefined)
        .map((path): Fate => ({ kind: 'implied', path, why: 'ECS has written it; here it is in the status' })),
      ...left.map(({ path, reason }): Fate => ({ kind: 'lost', path, why: reason })),
    ],
  };
}

/** A name that is no DNS label stays as what ECS shows, beside `metadata.name`. */
export function nameFate(path: string, given: string, name: string): Fate {
  const why = name === given ? `metadata.name` : `metadata.name ${name}, and spec.${path} as it was`;
  return { kind: 'changed', path, why };
}
