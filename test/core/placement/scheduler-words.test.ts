import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { WhyNot } from '../../../src/core/placement/model-types.ts';
import { whyNotOf } from '../../../src/core/placement/scheduler-words.ts';

const preemption =
  ' preemption: 0/6 nodes are available: 3 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.';

interface Case {
  readonly said: string;
  readonly attribute?: 'MemberOf';
  readonly reason: string;
  readonly sentence: string;
}

/** Messages of kube-scheduler 1.35.4, and where they differed, of those since 1.29. */
const cases: Record<string, Case> = {
  'lacks CPU': {
    said: `0/6 nodes are available: 6 Insufficient cpu.${preemption}`,
    reason: 'RESOURCE:CPU',
    sentence: '6 nodes: 6 with insufficient CPU units available',
  },
  'lacks memory on nodes that would do otherwise: they are the nearest': {
    said: `0/6 nodes are available: 1 Insufficient memory, 2 node(s) were unschedulable, 3 node(s) didn't match Pod's node affinity/selector.${preemption}`,
    reason: 'RESOURCE:MEMORY',
    sentence: '6 nodes: 3 missing an attribute required by the task, 2 draining, 1 with insufficient memory available',
  },
  'lacks both on some: of two at one filter the commonest is told': {
    said: '0/6 nodes are available: 2 Insufficient cpu, 5 Insufficient memory.',
    reason: 'RESOURCE:MEMORY',
    sentence: '6 nodes: 5 with insufficient memory available, 2 with insufficient CPU units available',
  },
  'lacks GPUs': {
    said: '0/1 nodes are available: 1 Insufficient nvidia.com/gpu.',
    reason: 'RESOURCE:GPU',
    sentence: '1 nodes: 1 with insufficient GPUs available',
  },
  'lacks disk': {
    said: '0/1 nodes are available: 1 Insufficient ephemeral-storage.',
    reason: 'RESOURCE:EPHEMERAL-STORAGE',
    sentence: '1 nodes: 1 with insufficient ephemeral-storage available',
  },
  'finds as many pods as a node can have': {
    said: '0/2 nodes are available: 2 Too many pods.',
    reason: 'RESOURCE:ENI',
    sentence: '2 nodes: 2 with as many pods as they can have (RESOURCE:ENI)',
  },
  'finds the port in use': {
    said: "0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports.",
    reason: 'RESOURCE:PORTS',
    sentence: '3 nodes: 3 already using a port required by the task',
  },
  'finds no label that matches': {
    said: "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    reason: 'ATTRIBUTE',
    sentence: '3 nodes: 3 missing an attribute required by the task',
  },
  'finds no label that a constraint asks for': {
    said: "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    attribute: 'MemberOf',
    reason: 'MemberOf',
    sentence: '3 nodes: 3 with the MemberOf placement constraint unsatisfied',
  },
  'looks at the one node that a pod is pinned to': {
    said: "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
    reason: 'RESOURCE:CPU',
    sentence: '3 nodes: 2 missing an attribute required by the task, 1 with insufficient CPU units available',
  },
  'finds taints': {
    said: '0/2 nodes are available: 2 node(s) had untolerated taint(s).',
    reason: 'TAINT',
    sentence: '2 nodes: 2 with a taint that the task does not tolerate',
  },
  'names taints, as until 1.34': {
    said: '0/5 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }, 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }, 2 node(s) had untolerated taint {team: ml}, 1 node(s) had untolerated taint {gpu: }.',
    reason: 'TAINT',
    sentence: '5 nodes: 3 with a taint that the task does not tolerate, 2 not Ready (AGENT)',
  },
  'names the taint of a cordoned node, as until 1.34': {
    said: '0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unschedulable: }.',
    reason: 'DRAINING',
    sentence: '1 nodes: 1 draining',
  },
  'finds them cordoned': {
    said: '0/2 nodes are available: 2 node(s) were unschedulable.',
    reason: 'DRAINING',
    sentence: '2 nodes: 2 draining',
  },
  'finds tasks of the group on all': {
    said: "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.",
    reason: 'distinctInstance',
    sentence: '3 nodes: 3 with the distinctInstance placement constraint unsatisfied',
  },
  'finds tasks on all that want to be alone': {
    said: "0/3 nodes are available: 3 node(s) didn't satisfy existing pods anti-affinity rules.",
    reason: 'ANTIAFFINITY',
    sentence: '3 nodes: 3 with tasks that keep it away by constraints of their own',
  },
  'finds no task of the group to be with': {
    said: "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.",
    reason: 'MemberOf',
    sentence: '3 nodes: 3 with the MemberOf placement constraint unsatisfied',
  },
  'finds volumes elsewhere': {
    said: "0/3 nodes are available: 2 node(s) didn't match PersistentVolume's node affinity, 1 node(s) had no available volume zone.",
    reason: 'LOCATION',
    sentence: '3 nodes: 3 where the volumes of the task cannot be (LOCATION)',
  },
  'finds volumes elsewhere, as until 1.34': {
    said: '0/3 nodes are available: 3 node(s) had volume node affinity conflict.',
    reason: 'LOCATION',
    sentence: '3 nodes: 3 where the volumes of the task cannot be (LOCATION)',
  },
  'finds no volume to bind': {
    said: "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind.",
    reason: 'LOCATION',
    sentence: '3 nodes: 3 where the volumes of the task cannot be (LOCATION)',
  },
  'finds as many volumes as a node can have': {
    said: '0/1 nodes are available: 1 node(s) exceed max volume count.',
    reason: 'RESOURCE:VOLUMES',
    sentence: '1 nodes: 1 with insufficient volumes available',
  },
  'says what we do not know, with a comma in it': {
    said: '0/3 nodes are available: 2 cannot allocate all claims, not even one, 1 Insufficient cpu.',
    reason: 'RESOURCE:CPU',
    sentence: '3 nodes: 2 cannot allocate all claims, not even one, 1 with insufficient CPU units available',
  },
  'says only what we do not know': {
    said: "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints.",
    reason: 'OTHER',
    sentence: "2 nodes: 2 node(s) didn't match pod topology spread constraints",
  },
  'says what holds for all nodes': {
    said: '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
    reason: 'OTHER',
    sentence: 'pod has unbound immediate PersistentVolumeClaims',
  },
  'has no nodes': {
    said: 'no nodes available to schedule pods',
    reason: 'NO ACTIVE INSTANCES',
    sentence: 'No Container Instances were found in your cluster',
  },
  'has no nodes, in the other form': {
    said: '0/0 nodes are available: no nodes available to schedule pods.',
    reason: 'NO ACTIVE INSTANCES',
    sentence: 'No Container Instances were found in your cluster',
  },
  'says something else': {
    said: 'Scheduling is blocked due to non-empty scheduling gates',
    reason: 'OTHER',
    sentence: 'Scheduling is blocked due to non-empty scheduling gates',
  },
};

describe('whyNotOf: the kube-scheduler', () => {
  for (const [sentence, { said, attribute, reason, sentence: want }] of Object.entries(cases)) {
    it(sentence, () => {
      const told = whyNotOf(said, attribute);
      assert.deepEqual({ reason: told.reason, sentence: told.sentence }, { reason, sentence: want });
    });
  }

  it('keeps the number of nodes of every count, whatever is said of them', () => {
    const said = fc.constantFrom(
      'Insufficient cpu',
      'Insufficient memory',
      'node(s) were unschedulable',
      "node(s) didn't match Pod's node affinity/selector",
      'node(s) had untolerated taint(s)',
      'something else, with a comma',
    );
    const parts = fc.array(fc.tuple(fc.integer({ min: 1, max: 5000 }), said), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(parts, (listed) => {
        const items = listed.map(([nodes, words]) => `${String(nodes)} ${words}`).join(', ');
        const { counts } = whyNotOf(`0/9999 nodes are available: ${items}.${preemption}`);
        const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
        assert.equal(sum(counts.map(({ nodes }) => nodes)), sum(listed.map(([nodes]) => nodes)));
        assert.deepEqual(counts, commonestFirst(counts));
      }),
    );
  });
});

function commonestFirst(counts: WhyNot['counts']): WhyNot['counts'] {
  return counts.toSorted((a, b) => b.nodes - a.nodes || (a.reason < b.reason ? -1 : 1));
}
