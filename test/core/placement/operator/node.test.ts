import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { NodeView } from '../../../../src/api/meta.ts';
import { isNodeNews, placementNode } from '../../../../src/core/placement/operator/node.ts';
import { iso, ms } from '../../../support/builders.ts';
import { nodeView } from '../../../support/node-views.ts';

const taint = { key: 'dedicated', value: 'batch', effect: 'NoSchedule' };

describe('A node, as placement sees it,', () => {
  it('is its labels, taints and what there is of it', () => {
    const node = nodeView('n1', { spec: { providerID: 'aws:///us-east-1a/i-0abc', taints: [taint] } });
    assert.deepEqual(placementNode(node), {
      name: 'n1',
      labels: { 'kubernetes.io/hostname': 'n1' },
      taints: [taint],
      allocatable: { cpu: 2000, memory: 4 * 2 ** 30, pods: 29 },
      standing: 'active',
      ec2InstanceId: 'i-0abc',
      registeredAtMs: ms(),
    });
  });

  const standings: Record<string, { readonly node: NodeView; readonly want: string }> = {
    'takes tasks while it is Ready': { node: nodeView('n1'), want: 'active' },
    'takes none from the moment it is silent': { node: nodeView('n1', { ready: 'Unknown' }), want: 'disconnected' },
    'takes none while it is out of service': {
      node: nodeView('n1', { spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] } }),
      want: 'disconnected',
    },
    'takes none when it is cordoned': { node: nodeView('n1', { spec: { unschedulable: true } }), want: 'draining' },
    'takes none when its Spot Instance is taken back': {
      node: nodeView('n1', {
        spec: { taints: [{ key: 'aws-node-termination-handler/spot-itn', effect: 'NoSchedule' }] },
      }),
      want: 'draining',
    },
    'takes none when it is to be removed': {
      node: nodeView('n1', { metadata: { deletionTimestamp: iso(50) } }),
      want: 'draining',
    },
  };
  for (const [sentence, { node, want }] of Object.entries(standings)) {
    it(sentence, () => {
      assert.equal(placementNode(node).standing, want);
    });
  }

  it('has changed when one of these has, and not at a heartbeat', () => {
    const before = nodeView('n1');
    const heartbeat = nodeView('n1', { version: 2, metadata: { resourceVersion: '2', annotations: { ttl: '0' } } });
    assert.equal(isNodeNews(before, heartbeat), false);
    const news = [
      nodeView('n1', { labels: { disk: 'ssd' } }),
      nodeView('n1', { spec: { unschedulable: true } }),
      nodeView('n1', { ready: 'False' }),
      nodeView('n1', { allocatable: { cpu: '1' } }),
    ];
    assert.deepEqual(
      news.map((after) => isNodeNews(before, after)),
      [true, true, true, true],
    );
  });
});
