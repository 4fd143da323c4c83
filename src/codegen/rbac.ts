import type { Kind } from '../api/kind.ts';
import { group } from '../api/meta.ts';
import type { Permission } from '../controllers/permissions.ts';

/** What the roles are made of. */
export interface Needs {
  readonly kinds: readonly Kind[];
  /** Of the operator, in every namespace it looks at; of what is in none, whatever it looks at. */
  readonly permissions: readonly Permission[];
  /** Of the operator, in the namespace of its lease. */
  readonly leaderPermissions: readonly Permission[];
}

/** A Role or a ClusterRole. */
export interface Role {
  readonly apiVersion: 'rbac.authorization.k8s.io/v1';
  readonly kind: 'Role' | 'ClusterRole';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Absent: whatever the name. */
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Of the operator's namespace, its roles and its lease: `deploy/base` and the flags' defaults have it too. */
const name = 'ecs-operator';

/** The roles of the operator, and what Kubernetes' own roles view, edit and admin are given of the kinds. */
export function renderRoles({ kinds, permissions, leaderPermissions }: Needs): readonly Role[] {
  return [
    role('ClusterRole', { name }, rulesOf(permissions.filter(({ resource }) => resource.namespaced))),
    // Of its own, so that an operator of some namespaces only can have it for all of them.
    role(
      'ClusterRole',
      { name: `${name}-cluster` },
      rulesOf(permissions.filter(({ resource }) => !resource.namespaced)),
    ),
    role('Role', { name: `${name}-leader`, namespace: name }, leaderRules(leaderPermissions)),
    role('ClusterRole', { name: `${name}-view`, labels: aggregatedTo('view') }, viewRules(kinds)),
    role('ClusterRole', { name: `${name}-edit`, labels: aggregatedTo('edit', 'admin') }, editRules(kinds)),
  ];
}

function role(kind: Role['kind'], metadata: Role['metadata'], rules: readonly Rule[]): Role {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata, rules };
}

/** Kubernetes' edit has what its view has, and its admin has what edit has. */
function aggregatedTo(...roles: readonly string[]): Record<string, string> {
  return Object.fromEntries(roles.map((each) => [`rbac.authorization.k8s.io/aggregate-to-${each}`, 'true']));
}

/** What has no name yet cannot be limited to one: creates are free, the rest is for the lease alone. */
function leaderRules(permissions: readonly Permission[]): Rule[] {
  const isCreate = ({ verb }: Permission): boolean => verb === 'create';
  const named = rulesOf(permissions.filter((each) => !isCreate(each)));
  return [
    ...rulesOf(permissions.filter(isCreate)),
    ...named.map(({ verbs, ...rest }) => ({ ...rest, resourceNames: [name], verbs })),
  ];
}

function viewRules(kinds: readonly Kind[]): Rule[] {
  const subresources = [...kinds.map(({ plural }) => `${plural}/status`), ...scalesOf(kinds)];
  return [
    { apiGroups: [group], resources: kinds.map(({ plural }) => plural), verbs: ['get', 'list', 'watch'] },
    { apiGroups: [group], resources: subresources, verbs: ['get'] },
  ];
}

function editRules(kinds: readonly Kind[]): Rule[] {
  const plurals = kinds.map(({ plural }) => plural);
  return [
    { apiGroups: [group], resources: plurals, verbs: ['create', 'update', 'patch', 'delete'] },
    { apiGroups: [group], resources: scalesOf(kinds), verbs: ['update', 'patch'] },
  ];
}

function scalesOf(kinds: readonly Kind[]): string[] {
  return kinds.filter(({ scale }) => scale !== undefined).map(({ plural }) => `${plural}/scale`);
}

const verbs: readonly Permission['verb'][] = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** The fewest rules that grant just these: resources of a group with the same verbs share one. */
export function rulesOf(permissions: readonly Permission[]): Rule[] {
  const grants = [...Map.groupBy(permissions, pathOf)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, granted]) => ({
      apiGroup: path.slice(0, path.indexOf('/')),
      resource: path.slice(path.indexOf('/') + 1),
      verbs: verbs.filter((verb) => granted.some((each) => each.verb === verb)),
    }));
  const rules = Map.groupBy(grants, ({ apiGroup, verbs: own }) => [apiGroup, ...own].join(' '));
  return [...rules.values()].map((alike) => ({
    apiGroups: [...new Set(alike.map(({ apiGroup }) => apiGroup))],
    resources: alike.map(({ resource }) => resource),
    verbs: alike[0]?.verbs ?? [],
  }));
}

/** `apps/controllerrevisions`, `ecs-operator.dev/ecsservices/status`; nothing before the first slash is the core. */
function pathOf({ resource, subresource }: Permission): string {
  return [resource.group, resource.plural, ...(subresource === undefined ? [] : [subresource])].join('/');
}
