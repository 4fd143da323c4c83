import { nodeObject, shapes } from '../../deploy/local/nodes.ts';
import { kubectl } from './cluster.ts';

/** Nodes that a suite has to itself, and what is put on them behind the operator's back. */

type Shape = (typeof shapes)[keyof typeof shapes];

export interface OwnNode {
  readonly name: string;
  readonly zone: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly shape?: Shape;
}

/** Makes them, and waits until they take pods. */
export async function makeNodes(...wanted: readonly OwnNode[]): Promise<void> {
  const made = wanted.map(({ name, zone, labels = {}, shape = shapes.large }) =>
    nodeObject({
      name,
      zone,
      shape,
      labels: { 'node.kubernetes.io/instance-type': shape.instanceType, ...labels },
      ip: '10.1.0.1',
      providerID: `aws:///${zone}/i-0${name.replaceAll('-', '')}`,
    }),
  );
  for (const node of made) await kubectl(['create', '-f', '-'], JSON.stringify(node));
  const names = made.map((node) => node.metadata.name);
  await kubectl(['wait', 'node', ...names, '--for=condition=Ready', '--timeout=60s']);
}

/** A pod that somebody else made, on that node. */
export function otherPod(place: { name: string; namespace: string; node: string }, memory: string): object {
  const { name, namespace, node } = place;
  const containers = [{ name: 'app', image: 'registry.example/other:1', resources: { requests: { memory } } }];
  const spec = { nodeName: node, containers, terminationGracePeriodSeconds: 0, automountServiceAccountToken: false };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec };
}

/** The constraint that leaves those nodes alone. */
export function only(...names: readonly string[]): object {
  return { type: 'memberOf', expression: `attribute:kubernetes.io/hostname in [${names.join(', ')}]` };
}
