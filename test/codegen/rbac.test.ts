import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { kinds } from '../../src/api/index.ts';
import { renderRoles, rulesOf, type Role } from '../../src/codegen/rbac.ts';
import { readConfig } from '../../src/config.ts';
import { leaderPermissions, permissions } from '../../src/controllers/permissions.ts';
import {
  cachePermissions,
  controllerPermissions,
  creates,
  createsOwned,
  deletes,
} from '../../src/kube/writes/permissions.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { pods, widgetsOf } from '../support/kube-objects.ts';

const widgets = widgetsOf<KubeObject>();

/** `group/resource: verb verb`, one for each resource of the rules. */
function grants({ rules }: Pick<Role, 'rules'>): string[] {
  return rules.flatMap(({ apiGroups, resources, resourceNames = [], verbs }) =>
    resources.map((resource) =>
      [`${apiGroups.join()}/${resource}${resourceNames.map((each) => ` ${each}`).join('')}:`, ...verbs].join(' '),
    ),
  );
}

function controllerGrants(writes: Parameters<typeof controllerPermissions>[0]['writes']): string[] {
  return grants({ rules: rulesOf(controllerPermissions({ resource: widgets, writes })) });
}

describe('The permissions of a controller', () => {
  it('that writes nothing are for its status alone', () => {
    assert.deepEqual(controllerGrants([]), ['example.com/widgets: get', 'example.com/widgets/status: update']);
  });

  it('are the declared verbs, and live reads of what it writes', () => {
    const [written, ...own] = controllerGrants([creates(pods), deletes(pods)]);
    assert.equal(written, '/pods: get create delete');
    assert.deepEqual(own, controllerGrants([]));
  });

  it('include the finalizers of its kind when what it makes blocks the deletion of its owner', () => {
    assert.deepEqual(controllerGrants([createsOwned(pods)]), [
      '/pods: get create',
      'example.com/widgets: get',
      'example.com/widgets/finalizers: update',
      'example.com/widgets/status: update',
    ]);
  });

  it('are not needed to hold a resource in memory, which is listed and watched', () => {
    assert.deepEqual(grants({ rules: rulesOf(cachePermissions(pods)) }), ['/pods: list watch']);
  });
});

describe('Rules', () => {
  it('grant the same as the permissions, whatever their order and however often they are named', () => {
    const all = [...permissions, ...permissions.toReversed()];
    const granted = rulesOf(all).flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((each) => verbs.map((verb) => `${group}/${each} ${verb}`))),
    );
    const want = permissions.map(({ verb, resource, subresource }) => {
      const path = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
      return `${resource.group}/${path} ${verb}`;
    });
    assert.deepEqual(granted.toSorted(), [...new Set(want)].toSorted());
    assert.deepEqual(rulesOf(all), rulesOf(permissions.toReversed()));
  });

  it('are shared by resources of one group with the same verbs, and by no others', () => {
    const gadgets = { ...widgets, plural: 'gadgets' };
    const rules = rulesOf([widgets, gadgets, pods].flatMap(cachePermissions));
    assert.deepEqual(
      rules.map(({ resources }) => resources),
      [['pods'], ['gadgets', 'widgets']],
    );
    const [, gadgetRule, widgetRule] = rulesOf([
      ...[widgets, gadgets, pods].flatMap(cachePermissions),
      { verb: 'get', resource: widgets },
    ]);
    assert.deepEqual([gadgetRule?.resources, widgetRule?.resources], [['gadgets'], ['widgets']]);
  });
});

describe('The roles', () => {
  const roles = renderRoles({ kinds, permissions, leaderPermissions });
  const [operator, ofCluster, leader, view, edit] = roles;

  it('have no wildcard', () => {
    assert.ok(!JSON.stringify(roles).includes('*'));
  });

  it('let the operator create a lease, and change the one that its flags name when they say nothing', () => {
    const sources = { environment: {}, podNamespace: () => 'ecs-operator', isTerminal: false };
    const config = readConfig({ ...sources, args: ['--leader-election=true'] });
    assert.ok(config !== 'help' && leader && operator);
    const { namespace, name } = config.leaderElection ?? { namespace: '', name: '' };
    assert.equal(leader.metadata.namespace, namespace);
    const path = 'coordination.k8s.io/leases';
    assert.deepEqual(grants(leader), [`${path}: create`, `${path} ${name}: get update`]);
    assert.ok(!grants(operator).some((each) => each.includes('leases')));
  });

  it('are of every namespace only where they have to be', () => {
    const scopes = roles.map(({ kind, metadata }) => [kind, metadata.name]);
    assert.deepEqual(scopes, [
      ['ClusterRole', 'ecs-operator'],
      ['ClusterRole', 'ecs-operator-cluster'],
      ['Role', 'ecs-operator-leader'],
      ['ClusterRole', 'ecs-operator-view'],
      ['ClusterRole', 'ecs-operator-edit'],
    ]);
  });

  it('have what is in no namespace in one of its own, for an operator of some namespaces', () => {
    assert.ok(operator && ofCluster);
    const pathsOf = (role: Role): string[] => grants(role).map((each) => each.replace(/:.*/, ''));
    const wide = permissions.filter(({ resource }) => !resource.namespaced);
    const paths = new Set(wide.map(({ resource: { group, plural } }) => `${group}/${plural}`));
    assert.ok(paths.has('/nodes'));
    assert.deepEqual(new Set(pathsOf(ofCluster).map((path) => path.replace(/\/status$/, ''))), paths);
    assert.ok(!pathsOf(operator).some((path) => paths.has(path)));
  });

  it('let people read every kind, and change it and its scale where it has one', () => {
    assert.ok(view && edit);
    for (const { plural, scale } of kinds) {
      const path = `ecs-operator.dev/${plural}`;
      const of = (role: Role): string[] => grants(role).filter((each) => new RegExp(`^${path}[/:]`).test(each));
      const scales = scale === undefined ? [[], []] : [[`${path}/scale: get`], [`${path}/scale: update patch`]];
      assert.deepEqual(of(view), [`${path}: get list watch`, `${path}/status: get`, ...(scales[0] ?? [])]);
      assert.deepEqual(of(edit), [`${path}: create update patch delete`, ...(scales[1] ?? [])]);
    }
  });
});
