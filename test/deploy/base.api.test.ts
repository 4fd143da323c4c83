import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { parseAllDocuments } from 'yaml';
import type { KubeObject, Pod } from '../../src/api/meta.ts';
import { applyAll, clusterSetting, eventually, kubectl, kubectlJson, makeNamespace } from '../support/cluster.ts';
import { connect, type ApiServer } from '../support/api-server.ts';

const base = join(import.meta.dirname, '../../deploy/base');
const namespace = `deploy-test-${String(process.pid)}`;
const inBase = ['-n', 'ecs-operator'];

/** A pod that asks for nothing special, which is more than a restricted namespace gives. */
const ordinary = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'ordinary', namespace: 'ecs-operator' },
  spec: { containers: [{ name: 'app', image: 'registry.example/app:1' }] },
};

describe('deploy/base on a real API server', function () {
  this.timeout(120_000);
  let admin: ApiServer;

  before(async () => {
    await makeNamespace(namespace);
    admin = await connect(clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG'));
    await kubectl(['apply', '--server-side', '-k', base]);
  });

  after(async () => {
    // The rest is what the other tests' operators have their rights from.
    await kubectl(['delete', ...inBase, 'deployment,service,poddisruptionbudget', '--all', '--wait=false']);
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

  async function pods(): Promise<readonly Pod[]> {
    return (await kubectlJson<{ items: readonly Pod[] }>('get', ...inBase, 'pods')).items;
  }

  it('is nothing but what is meant to be there, all of it in its namespace or for every one', async () => {
    const objects = parseAllDocuments(await kubectl(['kustomize', base])).map((each) => each.toJS() as KubeObject);
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    assert.deepEqual(names.toSorted(), [
      'ClusterRole ecs-operator',
      'ClusterRole ecs-operator-cluster',
      'ClusterRole ecs-operator-edit',
      'ClusterRole ecs-operator-view',
      'ClusterRoleBinding ecs-operator',
      'ClusterRoleBinding ecs-operator-cluster',
      'Deployment ecs-operator',
      'Namespace ecs-operator',
      'PodDisruptionBudget ecs-operator',
      'Role ecs-operator-leader',
      'RoleBinding ecs-operator-leader',
      'Service ecs-operator-metrics',
      'ServiceAccount ecs-operator',
    ]);
    for (const { kind, metadata } of objects) {
      const isOfAll = /^Cluster|^Namespace$/.test(kind);
      assert.equal(metadata.namespace, isOfAll ? undefined : 'ecs-operator', `${kind} ${metadata.name}`);
    }
  });

  it('can be given an image and be limited to namespaces as its README says', async () => {
    const readme = readFileSync(join(base, '../README.md'), 'utf8');
    const blocks = [...readme.matchAll(/<!-- test: build -->\n+```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
    const dir = mkdtempSync(join(tmpdir(), 'ecs-operator-overlay-'));
    const text = blocks.join('').replace('../ecs-operator/deploy/base', relative(realpathSync(dir), base));
    writeFileSync(join(dir, 'kustomization.yaml'), text);
    const built = parseAllDocuments(await kubectl(['kustomize', dir])).map((each) => each.toJS() as KubeObject);
    rmSync(dir, { recursive: true });
    assert.equal(blocks.length, 2);
    const wide = built.filter(({ kind }) => kind === 'ClusterRoleBinding').map(({ metadata }) => metadata.name);
    assert.deepEqual(wide, ['ecs-operator-cluster']);
    const { spec } = built.find(({ kind }) => kind === 'Deployment') as unknown as { spec: { template: Pod } };
    const [{ image, args } = {}] = spec.template.spec?.containers ?? [];
    assert.deepEqual(
      [image, args],
      ['registry.example/ecs-operator:0.1.0', ['--leader-election=true', '--namespaces=shop,blog']],
    );
  });

  it('runs two pods, on two nodes in two zones, though the namespace lets in only restricted ones', async () => {
    await kubectl(['rollout', 'status', ...inBase, 'deployment/ecs-operator', '--timeout=60s']);
    const running = await pods();
    const nodes = [...new Set(running.map(({ spec }) => spec?.nodeName ?? ''))];
    assert.equal(nodes.length, 2);
    const zones = await Promise.all(
      nodes.map(async (name) => (await kubectlJson<KubeObject>('get', 'node', name)).metadata.labels),
    );
    assert.equal(new Set(zones.map((labels) => labels?.['topology.kubernetes.io/zone'])).size, 2);
    assert.ok(running.every(({ spec }) => spec?.serviceAccountName === 'ecs-operator'));
    await assert.rejects(applyAll(ordinary), /violates PodSecurity "restricted:latest"/);
  });

  it('lets one of them go at a time', async () => {
    await eventually(async () => {
      const { status } = await kubectlJson<{ status: object }>('get', ...inBase, 'pdb', 'ecs-operator');
      const { disruptionsAllowed, expectedPods, currentHealthy } = status as Record<string, number>;
      assert.deepEqual([expectedPods, currentHealthy, disruptionsAllowed], [2, 2, 1]);
    });
  });

  it('has Prometheus find both where they serve metrics', async () => {
    await eventually(async () => {
      const slices = await kubectlJson<{ items: readonly Slice[] }>('get', ...inBase, 'endpointslices');
      const found = slices.items.flatMap(({ endpoints, ports }) =>
        endpoints.flatMap(({ addresses }) => addresses.map((ip) => `${ip}:${String(ports[0]?.port)}`)),
      );
      const want = (await pods()).map(({ status }) => `${status?.podIP ?? ''}:8080`);
      assert.deepEqual(found.toSorted(), want.toSorted());
    });
  });

  interface Slice {
    readonly endpoints: readonly { readonly addresses: readonly string[] }[];
    readonly ports: readonly { readonly port: number }[];
  }

  describe('gives people who have a role of Kubernetes in a namespace', () => {
    const reads = ['get ecsservices', 'list ecsclusters', 'watch ecstaskdefinitions', 'get ecsservices/scale'];
    const writes = [
      'create ecstaskdefinitions',
      'update ecsservices',
      'patch ecsclusters',
      'delete ecsservices',
      'patch ecsservices/scale',
    ];
    const nobodys = ['update ecsservices/status', 'update ecsservices/finalizers'];
    const cases: Record<string, readonly string[]> = {
      view: reads,
      edit: [...reads, ...writes],
      admin: [...reads, ...writes],
    };

    async function may(user: string, what: string, where: string): Promise<boolean> {
      const [verb = '', resource = '', subresource = ''] = what.split(/[ /]/);
      const resourceAttributes = { namespace: where, verb, group: 'ecs-operator.dev', resource, subresource };
      const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
      const { body } = await admin({ method: 'POST', path, body: { spec: { user, resourceAttributes } } });
      return (body as { status?: { allowed?: boolean } }).status?.allowed === true;
    }

    async function allOf(user: string, where: string): Promise<string[]> {
      const asked = [...reads, ...writes, ...nobodys];
      const answers = await Promise.all(asked.map((what) => may(user, what, where)));
      return asked.filter((_, index) => answers[index] === true);
    }

    for (const [role, want] of Object.entries(cases)) {
      it(`what ${role} is to have of the kinds, there and nowhere else`, async () => {
        const user = `${role}-of-${namespace}`;
        await kubectl(['create', 'rolebinding', '-n', namespace, role, `--clusterrole=${role}`, `--user=${user}`]);
        // The roles of Kubernetes take ours in a moment after ours are made.
        await eventually(async () => assert.deepEqual(await allOf(user, namespace), want));
        assert.deepEqual(await allOf(user, 'default'), []);
      });
    }
  });
});
