import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Service } from '../../src/api/service.ts';
import { passesTheAudit } from '../support/audit.ts';
import {
  applyAll,
  eventually,
  kubectl,
  kubectlJson,
  makeNamespace,
  startOperatorIn,
  type ProxiedOperator,
} from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';

describe('stops that the API server refuses', function () {
  this.timeout(120_000);
  const namespace = `refused-stops-test-${String(process.pid)}`;
  const manifests = manifestsIn(namespace);
  const admission = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: namespace } };
  let operator: ProxiedOperator;

  const readDeployments = async (): Promise<NonNullable<NonNullable<Service['status']>['deployments']>> => {
    const { status } = await kubectlJson<Service>('get', '-n', namespace, 'ecssvc', 'web');
    return status?.deployments ?? [];
  };
  const primaryRuns = (taskDefinition: string, count: number): Promise<void> =>
    eventually(async () => {
      const [primary] = await readDeployments();
      assert.deepEqual([primary?.taskDefinition, primary?.runningCount], [taskDefinition, count]);
    }, 60_000);

  before(async () => {
    await makeNamespace(namespace);
    operator = await startOperatorIn(namespace);
    await applyAll(manifests.cluster(), manifests.taskDefinition('web', 'registry.example/web:1'));
    // The old task is told to stop in the same look that starts a new one.
    const deploymentConfiguration = { minimumHealthyPercent: 0, maximumPercent: 300 };
    await applyAll(manifests.service('web', 1, { deploymentConfiguration }));
    await primaryRuns('web:1', 1);
    const rules = [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['DELETE'] }];
    await applyAll(
      {
        ...admission,
        kind: 'ValidatingAdmissionPolicy',
        spec: {
          matchConstraints: {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
            resourceRules: rules,
          },
          validations: [{ expression: 'false', message: 'pods stay' }],
        },
      },
      {
        ...admission,
        kind: 'ValidatingAdmissionPolicyBinding',
        spec: { policyName: namespace, validationActions: ['Deny'] },
      },
    );
    const [pod = ''] = (await kubectl(['get', 'pods', '-n', namespace, '-o', 'name'])).split('\n');
    await eventually(() => assert.rejects(kubectl(['delete', '-n', namespace, pod, '--dry-run=server']), /pods stay/));
  });

  after(async () => {
    const both = ['validatingadmissionpolicybindings', 'validatingadmissionpolicies'];
    for (const resource of both) await kubectl(['delete', resource, namespace]);
    await operator.stop();
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

  it('hold back no starts', async () => {
    await applyAll(manifests.taskDefinition('web', 'registry.example/web:2'));
    await primaryRuns('web:2', 1);
    await kubectl(['scale', '-n', namespace, 'ecssvc/web', '--replicas=3']);
    await primaryRuns('web:2', 3);
    const [, old] = await readDeployments();
    assert.deepEqual([old?.taskDefinition, old?.runningCount], ['web:1', 1]);
  });

  passesTheAudit(namespace);
});
