import { LocalApiError } from '../api.ts';
import type { KubeObject, LocalApi } from '../api.ts';
import { type FargateProfile, type FargateSelector, fargateProfiles } from './profiles.ts';

export const fargateScheduler = 'fargate-scheduler';
export const profileLabel = 'eks.amazonaws.com/fargate-profile';

const group = '/apis/admissionregistration.k8s.io/v1beta1';

/** Makes the policies that mark the pods of each profile, as EKS's webhook does at creation and never later. */
export async function applyFargateAdmission(api: LocalApi): Promise<void> {
  for (const [kind, object] of fargateProfiles.flatMap(renderAdmission)) {
    await api.request(`${group}/${kind}`, { method: 'POST', body: object });
  }
}

/** Whether a pod created now would be marked: the API server takes a moment to learn of a policy. */
export async function isFargateAdmissionActive(api: LocalApi): Promise<boolean> {
  const labels = fargateProfiles[0]?.selectors[0]?.labels ?? {};
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'admission-check', labels },
    spec: { containers: [{ name: 'main', image: 'main' }] },
  };
  try {
    const path = '/api/v1/namespaces/default/pods?dryRun=All';
    const pod = await api.request<KubeObject & PodView>(path, { method: 'POST', body });
    return pod.spec.schedulerName === fargateScheduler;
  } catch (error) {
    if (error instanceof LocalApiError) return false;
    throw error;
  }
}

interface PodView {
  readonly spec: { readonly schedulerName?: string };
}

/** The policy and its binding for one profile, each with the resource it is created as. */
export function renderAdmission(profile: FargateProfile): [string, KubeObject][] {
  const metadata = { name: `fargate-${profile.name}` };
  const versioned = { apiVersion: 'admissionregistration.k8s.io/v1beta1', metadata };
  const pods = { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] };
  const policy = {
    ...versioned,
    kind: 'MutatingAdmissionPolicy',
    spec: {
      matchConstraints: { resourceRules: [pods] },
      matchConditions: [{ name: 'selected', expression: selectedExpression(profile) }],
      failurePolicy: 'Fail',
      reinvocationPolicy: 'IfNeeded',
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: markExpression(profile) } }],
    },
  };
  const binding = { ...versioned, kind: 'MutatingAdmissionPolicyBinding', spec: { policyName: metadata.name } };
  return [
    ['mutatingadmissionpolicies', policy],
    ['mutatingadmissionpolicybindings', binding],
  ];
}

function markExpression(profile: FargateProfile): string {
  const labels = JSON.stringify({ [profileLabel]: profile.name });
  return `Object{
    metadata: Object.metadata{labels: ${labels}},
    spec: Object.spec{schedulerName: ${JSON.stringify(fargateScheduler)}}
  }`;
}

/** The profile takes pods no other has taken, and those a label pins to it. */
function selectedExpression(profile: FargateProfile): string {
  const label = JSON.stringify(profileLabel);
  const labels = 'object.metadata.?labels.orValue({})';
  const isFree = `!(${label} in ${labels}) || ${labels}[${label}] == ${JSON.stringify(profile.name)}`;
  return `(${profile.selectors.map(selectorExpression).join(' || ')}) && (${isFree})`;
}

function selectorExpression({ namespace, labels }: FargateSelector): string {
  const wanted = Object.entries(labels).map(([key, value]) => {
    return `object.metadata.?labels[?${JSON.stringify(key)}].orValue('').matches(${pattern(value)})`;
  });
  return `(${[`request.namespace.matches(${pattern(namespace)})`, ...wanted].join(' && ')})`;
}

/** EKS's `*` and `?` as a regular expression in a CEL string. */
function pattern(wildcards: string): string {
  const escaped = wildcards
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return JSON.stringify(`^${escaped}$`);
}
