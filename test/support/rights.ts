import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { operatorRights, readManifest } from '../../deploy/local/demo/manifests.ts';
import type { Role, Rule } from '../../src/codegen/rbac.ts';
import type { ApiServer } from './api-server.ts';
import { applyAll } from './cluster.ts';

/** Every object that gives the operator its rights. */
const granting = operatorRights.flatMap(readManifest);

/** Lets the operator hold its lease in a namespace other than its own, as deploy/base lets it there. */
export async function grantLease(namespace: string): Promise<void> {
  const inItsOwn = granting.filter(({ kind = '' }) => /^Role(Binding)?$/.test(kind));
  await applyAll(...inItsOwn.map((object) => ({ ...object, metadata: { ...object.metadata, namespace } })));
}

/** The least that a role can grant. */
export interface Grant {
  readonly apiGroup: string;
  /** With the subresource: `ecsservices/status`. */
  readonly resource: string;
  readonly verb: string;
  /** Whether it is of something that is in no namespace. */
  readonly isClusterWide?: true;
  readonly resourceNames?: readonly string[];
}

/** `update ecs-operator.dev/ecsservices/status` */
export function nameOf({ apiGroup, resource, verb }: Grant): string {
  return `${verb} ${apiGroup}/${resource}`;
}

/** All that the roles of deploy/base grant the operator, those for its lease included. */
export function operatorGrants(): readonly Grant[] {
  const ofCluster = grantsOf('ecs-operator-cluster').map((grant) => ({ ...grant, isClusterWide: true as const }));
  return [...grantsOf('ecs-operator'), ...ofCluster, ...grantsOf('ecs-operator-leader')];
}

function grantsOf(name: string): Grant[] {
  const role = granting.find(({ kind = '', metadata }) => kind.endsWith('Role') && metadata.name === name);
  assert.ok(role, name);
  const { rules } = role as unknown as Role;
  return rules.flatMap(({ apiGroups, resources, verbs, ...rest }) =>
    apiGroups.flatMap((apiGroup) =>
      resources.flatMap((resource) => verbs.map((verb) => ({ apiGroup, resource, verb, ...rest }))),
    ),
  );
}

/** Makes a namespace with a user who may do there what is granted and nothing else. @returns as whom to connect. */
export async function makeUser(
  admin: ApiServer,
  { namespace, grants, kubeconfig }: { namespace: string; grants: readonly Grant[]; kubeconfig: string },
): Promise<KubeConfig> {
  const metadata = { name: 'operator', namespace };
  const rules = rulesOf(grants.filter(({ isClusterWide }) => isClusterWide === undefined));
  const ofCluster = rulesOf(grants.filter(({ isClusterWide }) => isClusterWide === true));
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'operator' };
  const subjects = [{ kind: 'ServiceAccount', ...metadata }];
  const wide = { ...roleRef, kind: 'ClusterRole', name: namespace };
  await post(admin, '/api/v1/namespaces', { metadata: { name: namespace } });
  await post(admin, `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata });
  await post(admin, `${rbac}/namespaces/${namespace}/roles`, { metadata, rules });
  await post(admin, `${rbac}/namespaces/${namespace}/rolebindings`, { metadata, roleRef, subjects });
  await post(admin, `${rbac}/clusterroles`, { metadata: { name: namespace }, rules: ofCluster });
  await post(admin, `${rbac}/clusterrolebindings`, { metadata: { name: namespace }, roleRef: wide, subjects });
  await awaitServiceAccount(admin, namespace);
  return connectionOf(kubeconfig, await newToken(admin, namespace));
}

/** One rule for each. */
function rulesOf(grants: readonly Grant[]): Rule[] {
  return grants.map(({ apiGroup, resource, verb, resourceNames }) => ({
    apiGroups: [apiGroup],
    resources: [resource],
    verbs: [verb],
    ...(resourceNames && { resourceNames }),
  }));
}

/** Without it the API server refuses pods. */
export async function awaitServiceAccount(admin: ApiServer, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  while ((await admin({ method: 'GET', path })).status !== 200) await delay(50);
}

async function newToken(admin: ApiServer, namespace: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/operator/token`;
  const kind = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
  const { status } = (await post(admin, path, { ...kind, spec: {} })) as { status: { token: string } };
  return status.token;
}

function connectionOf(kubeconfig: string, token: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const [cluster] = config.clusters;
  assert.ok(cluster);
  const contexts = [{ name: 'test', cluster: cluster.name, user: 'test' }];
  config.loadFromOptions({ clusters: [cluster], users: [{ name: 'test', token }], contexts, currentContext: 'test' });
  return config;
}

async function post(admin: ApiServer, path: string, body: object): Promise<unknown> {
  const answer = await admin({ method: 'POST', path, body });
  assert.ok(answer.status < 300, `${path}: ${String(answer.body['message'])}`);
  return answer.body;
}
