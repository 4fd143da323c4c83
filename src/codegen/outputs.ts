import { kinds } from '../api/index.ts';
import { taskDefinitionMembers, taskMembers } from '../api/members.ts';
import { leaderPermissions, permissions } from '../controllers/permissions.ts';
import { catalog } from '../metrics/catalog.ts';
import { flowMetrics } from '../metrics/flow.ts';
import { renderCompatibility, type Request } from './compatibility.ts';
import { crdFiles, rbacFile, type Output } from './files.ts';
import { renderMetrics } from './metrics.ts';
import { renderReference } from './reference.ts';

/** Every generated file of the repository, with the content it must have. */
export function outputs(): readonly Output[] {
  return [
    ...crdFiles(kinds),
    rbacFile({ kinds, permissions, leaderPermissions }),
    { path: 'crds/README.md', content: renderReference(kinds) },
    { path: 'crds/COMPATIBILITY.md', content: renderCompatibility(requests()) },
    { path: 'deploy/metrics.md', content: renderMetrics(catalog, flowMetrics) },
  ];
}

function requests(): readonly Request[] {
  return [
    { name: 'RegisterTaskDefinition', kind: 'ECSTaskDefinition', members: taskDefinitionMembers() },
    { name: 'RunTask', kind: 'ECSTask', members: taskMembers() },
  ];
}
