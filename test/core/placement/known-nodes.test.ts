import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { NodeView } from '../../../src/api/meta.ts';
import { knownNodesOf } from '../../../src/core/placement/known-nodes.ts';
import { iso } from '../../support/builders.ts';

const rack = 'attribute.ecs-operator.dev/rack';

function node(name: string, labels: Readonly<Record<string, string>>): NodeView {
  const metadata = { name, uid: name, resourceVersion: '1', creationTimestamp: iso(), labels };
  return { apiVersion: 'v1', kind: 'Node', metadata, spec: { providerID: `aws:///us-east-1a/i-0${name}` } };
}

const nodes = [
  node('a', { [rack]: '1' }),
  node('b', { [rack]: '2', rack: '9' }),
  node('c', {}),
  node('d', { [rack]: '1' }),
];

describe('what constraints know of nodes', () => {
  it('is each value of an attribute once, as ECS has it', () => {
    assert.deepEqual(knownNodesOf(nodes).valuesOf('rack'), ['1', '2']);
    const intel = node('e', { 'kubernetes.io/arch': 'amd64' });
    assert.deepEqual(knownNodesOf([intel]).valuesOf('ecs.cpu-architecture'), ['x86_64']);
    assert.deepEqual(knownNodesOf(nodes).valuesOf('shelf'), []);
  });

  it('is the node that is an instance', () => {
    assert.equal(knownNodesOf(nodes).nameOf('i-0b'), 'b');
    assert.equal(knownNodesOf(nodes).nameOf('i-0e'), undefined);
  });

  it('is looked for once in one list of nodes, however many tasks start', () => {
    const known = knownNodesOf(nodes);
    assert.equal(known.valuesOf('rack'), knownNodesOf(nodes).valuesOf('rack'));
    assert.notEqual(known, knownNodesOf([...nodes]));
  });
});
