import type { NodeView } from '../../../api/meta.ts';
import { ec2InstanceIdOf } from '../attributes.ts';
import { amountsOf } from '../demand.ts';
import type { PlacementNode } from '../model-types.ts';

/** A node as placement sees it. */
export function placementNode(node: NodeView): PlacementNode {
  const { metadata, spec, status } = node;
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    taints: spec?.taints ?? [],
    allocatable: amountsOf(status?.allocatable),
    standing: standingOf(node),
    ec2InstanceId: ec2InstanceIdOf(spec?.providerID),
    registeredAtMs: Date.parse(metadata.creationTimestamp),
  };
}

function standingOf({ metadata, spec, status }: NodeView): PlacementNode['standing'] {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True') return 'disconnected';
  return spec?.unschedulable === true || metadata.deletionTimestamp !== undefined ? 'draining' : 'active';
}

/** Whether a change of a node is one for placement: a heartbeat is none. */
export function isNodeNews(before: NodeView, after: NodeView): boolean {
  return JSON.stringify(placementNode(before)) !== JSON.stringify(placementNode(after));
}
