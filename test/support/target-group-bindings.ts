import { applyAll, kubectl } from './cluster.ts';

const name = 'targetgroupbindings.elbv2.k8s.aws';

/** Has the cluster serve the kind. Operators that run already see it within a minute. */
export async function serveBindings(): Promise<void> {
  await applyAll(crd);
  await kubectl(['wait', '--for=condition=Established', `crd/${name}`]);
}

/** Takes the kind away, with all that there is of it. */
export async function serveNoBindings(): Promise<void> {
  await kubectl(['delete', 'crd', name, '--ignore-not-found']);
}

/** As much of the kind as matters here (AWS Load Balancer Controller). */
const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name,
    annotations: { 'api-approved.kubernetes.io': 'unapproved, a stand-in for tests' },
  },
  spec: {
    group: 'elbv2.k8s.aws',
    names: { kind: 'TargetGroupBinding', plural: 'targetgroupbindings', singular: 'targetgroupbinding' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
      },
    ],
  },
};
