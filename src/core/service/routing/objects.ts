import { labels, managedBy } from '../../../api/labels.ts';
import type { CoreServicePort } from '../../../api/meta.ts';
import type { Service } from '../../../api/service.ts';
import type { Labels } from '../../../base/label-selector.ts';
import type { DeploymentRecord } from '../deployment.ts';
import { endpointsOf, targetPortName, type Endpoint } from './endpoints.ts';

/** A core Service that does not exist yet. */
export interface NewCoreService {
  readonly metadata: { readonly name: string; readonly labels: Labels };
  readonly spec: CoreServiceSpec;
}

export interface CoreServiceSpec {
  readonly clusterIP?: 'None';
  readonly selector: Labels;
  readonly ports: readonly CoreServicePort[];
  /** Where a container of the task may end early its pod is never Ready again: the label alone decides. */
  readonly publishNotReadyAddresses: boolean;
}

/** A TargetGroupBinding that does not exist yet (AWS Load Balancer Controller, `elbv2.k8s.aws/v1beta1`). */
export interface NewBinding {
  readonly metadata: { readonly name: string; readonly labels: Labels };
  readonly spec: BindingSpec;
}

export interface BindingSpec {
  readonly targetGroupARN: string;
  readonly targetType: 'ip';
  readonly serviceRef: { readonly name: string; readonly port: string };
}

/** What there should be for the deployments of a service; of two about one name the first counts. */
export function wantedObjects(
  service: Service,
  deployments: readonly DeploymentRecord[],
): { readonly core: readonly NewCoreService[]; readonly bindings: readonly NewBinding[] } {
  const all = deployments.flatMap(({ snapshot }) => endpointsOf(service.metadata, snapshot)).filter(isUseful);
  const endpoints = all.filter(({ name }, index) => all.findIndex((each) => each.name === name) === index);
  const publishNotReadyAddresses = deployments.some(({ snapshot }) => mayEndEarly(snapshot));
  return {
    core: endpoints.map((each) => coreService(service, each, publishNotReadyAddresses)),
    bindings: endpoints.flatMap((each) => bindingOf(service, each)),
  };
}

/** An address of its own without a port would lead nowhere, and the API server takes none. */
function isUseful({ isHeadless, ports }: Endpoint): boolean {
  return isHeadless || ports.length > 0;
}

function mayEndEarly({ content, routing }: DeploymentRecord['snapshot']): boolean {
  return routing !== undefined && content.containerDefinitions.some(({ essential }) => !essential);
}

function coreService(
  service: Service,
  { name, isHeadless, ports }: Endpoint,
  publishNotReadyAddresses: boolean,
): NewCoreService {
  const selector = { [labels.service]: service.metadata.name, [labels.inService]: 'true' };
  return {
    metadata: metadataOf(service, name),
    spec: {
      ...(isHeadless && { clusterIP: 'None' }),
      selector,
      publishNotReadyAddresses,
      ports: ports.map((each) => ({
        name: each.name,
        port: each.port,
        protocol: each.target.protocol,
        targetPort: each.target.name,
      })),
    },
  };
}

function bindingOf(service: Service, { name, targetGroupArn }: Endpoint): NewBinding[] {
  if (targetGroupArn === undefined) return [];
  const serviceRef = { name, port: targetPortName };
  return [
    { metadata: metadataOf(service, name), spec: { targetGroupARN: targetGroupArn, targetType: 'ip', serviceRef } },
  ];
}

function metadataOf(service: Service, name: string): NewCoreService['metadata'] {
  return { name, labels: { [labels.managedBy]: managedBy, [labels.service]: service.metadata.name } };
}
