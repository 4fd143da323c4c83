import type { NodeView } from '../../src/api/meta.ts';
import { deepFreeze, iso } from './builders.ts';

interface Parts {
  readonly labels?: Readonly<Record<string, string>>;
  readonly metadata?: Partial<NodeView['metadata']>;
  readonly spec?: NodeView['spec'];
  readonly allocatable?: Readonly<Record<string, string>>;
  readonly ready?: 'True' | 'False' | 'Unknown';
  readonly version?: number;
}

/** A node with 2 CPUs and 4 GiB, Ready unless said otherwise. */
export function nodeView(name: string, parts: Parts = {}): NodeView {
  const { labels = {}, metadata, spec = {}, ready = 'True', version = 1 } = parts;
  const { allocatable = { cpu: '2', memory: '4Gi', pods: '29' } } = parts;
  return deepFreeze({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: `uid-of-${name}`,
      resourceVersion: String(version),
      creationTimestamp: iso(),
      labels: { 'kubernetes.io/hostname': name, ...labels },
      ...metadata,
    },
    spec,
    status: { allocatable, conditions: [{ type: 'Ready', status: ready, lastTransitionTime: iso(10) }] },
  });
}
