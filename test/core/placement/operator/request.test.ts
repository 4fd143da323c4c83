import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations } from '../../../../src/api/labels.ts';
import type { NodeTerm } from '../../../../src/api/meta.ts';
import { askedBy } from '../../../../src/core/placement/operator/request.ts';
import { matches, type QuerySubject } from '../../../../src/core/placement/query/evaluate.ts';
import { affinityTo, gatedPod } from '../../../support/placed-pods.ts';

function expression(key: string, operator: string, ...values: readonly string[]): NodeTerm {
  return { matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }] };
}

function node(labels: Readonly<Record<string, string>>): QuerySubject {
  const rest = { ec2InstanceId: undefined, agentConnected: true, registeredAtMs: 0, runningTasksCount: 0 };
  return { ...rest, attribute: (name) => labels[name], hasGroup: () => false };
}

describe('What a gated pod asks for', () => {
  it('tells the nodes of its capacity provider from other labels, for what is told of it', () => {
    const { metadata, ...rest } = gatedPod({ spec: { affinity: affinityTo(expression('group', 'In', 'spot')) } });
    const named = { ...metadata.annotations, [annotations.capacityProvider]: 'FARGATE_SPOT' };
    const pod = { ...rest, metadata: { ...metadata, annotations: named } };
    assert.deepEqual(askedBy(pod)?.request.provider, { name: 'FARGATE_SPOT', labels: { group: 'spot' } });
  });

  it('is what its annotation and its spec say', () => {
    const tolerations = [{ key: 'spot', operator: 'Exists' }];
    const pod = gatedPod({
      placement: {
        strategy: [{ type: 'binpack', field: 'memory' }],
        constraints: [{ type: 'distinctInstance' }, { type: 'memberOf', expression: 'attribute:disk == ssd' }],
      },
      spec: {
        nodeSelector: { arch: 'arm64' },
        tolerations,
        affinity: affinityTo(expression('group', 'In', 'general')),
      },
    });
    const { request } = askedBy(pod) ?? assert.fail();
    const { queries, ...rest } = request;
    assert.deepEqual(rest, {
      uid: 'uid-a',
      group: 'shop/service:web',
      amounts: { cpu: 100, memory: 64, pods: 1 },
      hostPorts: [],
      nodeSelector: { group: 'general', arch: 'arm64' },
      tolerations,
      strategy: [{ type: 'binpack', field: 'memory' }],
      isDistinct: true,
    });
    assert.equal(queries.length, 1);
    assert.deepEqual(
      [node({ disk: 'ssd' }), node({})].map((each) => queries.every((query) => matches(query, each))),
      [true, false],
    );
  });

  const affinities: Record<string, { readonly terms: readonly NodeTerm[]; readonly takes: Record<string, boolean> }> = {
    'one of several values': { terms: [expression('zone', 'In', 'a', 'b')], takes: { a: true, c: false, '': false } },
    'none of some values, of nodes without the label too': {
      terms: [expression('zone', 'NotIn', 'a')],
      takes: { a: false, b: true, '': true },
    },
    'that the label is there': { terms: [expression('zone', 'Exists')], takes: { a: true, '': false } },
    'that the label is not there': { terms: [expression('zone', 'DoesNotExist')], takes: { a: false, '': true } },
    'one of several terms': {
      terms: [expression('zone', 'In', 'a'), expression('zone', 'In', 'b', 'c')],
      takes: { a: true, c: true, d: false },
    },
    'anything, where one of the terms is one that we do not read': {
      terms: [expression('zone', 'In', 'a'), expression('zone', 'Gt', '5')],
      takes: { a: true, b: true },
    },
  };
  for (const [sentence, { terms, takes }] of Object.entries(affinities)) {
    it(`keeps to its affinity: ${sentence}`, () => {
      const { queries } = askedBy(gatedPod({ spec: { affinity: affinityTo(...terms) } }))?.request ?? assert.fail();
      for (const [zone, want] of Object.entries(takes)) {
        const subject = node(zone === '' ? {} : { zone });
        assert.equal(
          queries.every((query) => matches(query, subject)),
          want,
          zone,
        );
      }
    });
  }

  it('has the same shape as what another task of its kind asks for, and no other', () => {
    const shapes = [
      gatedPod(),
      gatedPod({ name: 'b' }),
      gatedPod({ placement: { group: 'service:api' } }),
      gatedPod({ spec: { nodeSelector: { arch: 'arm64' } } }),
    ].map((pod) => askedBy(pod)?.shape);
    assert.equal(shapes[0], shapes[1]);
    assert.equal(new Set(shapes).size, 3);
  });

  it('is nothing we know where its annotation is damaged', () => {
    assert.equal(askedBy(gatedPod({ metadata: { annotations: { [annotations.placement]: '{' } } })), undefined);
  });
});
