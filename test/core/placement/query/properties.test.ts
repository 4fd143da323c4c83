import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { attributeOf } from '../../../../src/core/placement/attributes.ts';
import { matches, type QuerySubject } from '../../../../src/core/placement/query/evaluate.ts';
import type { KnownNodes } from '../../../../src/core/placement/query/node-affinity/literal.ts';
import type { NodeSelectorTerm, Requirement } from '../../../../src/core/placement/query/node-affinity/terms.ts';
import { expressQueries, type ExpressedQueries } from '../../../../src/core/placement/query/node-terms.ts';
import { parseQuery } from '../../../../src/core/placement/query/parse.ts';
import { printQuery } from '../../../../src/core/placement/query/print.ts';
import { anyQuery, nodeQuery, queriedNodes, type QueriedNode } from '../../../support/query-arbitraries.ts';

function subjectOf(node: QueriedNode): QuerySubject {
  return {
    attribute: (name) => attributeOf(node.labels, name),
    ec2InstanceId: node.ec2InstanceId,
    agentConnected: true,
    registeredAtMs: Date.parse('2018-06-18'),
    runningTasksCount: node.runningTasksCount,
    hasGroup: (group) => node.groups.includes(group),
  };
}

function knownOf(nodes: readonly QueriedNode[]): KnownNodes {
  return {
    valuesOf: (name) => nodes.flatMap(({ labels }) => attributeOf(labels, name) ?? []),
    nameOf: (id) => nodes.find(({ ec2InstanceId }) => ec2InstanceId === id)?.name,
  };
}

/** As the API reference has it (NodeSelectorRequirement). */
const holds: Record<Requirement['operator'], (value: string | undefined, values: readonly string[]) => boolean> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
  Gt: (value = '', [bound]) => /^\d+$/.test(value) && Number(value) > Number(bound),
  Lt: (value = '', [bound]) => /^\d+$/.test(value) && Number(value) < Number(bound),
};

function selects({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: QueriedNode): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every(({ key, operator, values = [] }) => holds[operator](node.labels[key], values)) &&
    matchFields.every(({ operator, values = [] }) => holds[operator](node.name, values))
  );
}

function takes({ terms, affinity, antiAffinity }: ExpressedQueries, node: QueriedNode): boolean {
  return (
    (terms === undefined || terms.some((term) => selects(term, node))) &&
    affinity.every((group) => node.groups.includes(group)) &&
    !antiAffinity.some((group) => node.groups.includes(group))
  );
}

describe('A query', () => {
  it('that is printed reads as the same query', () => {
    fc.assert(
      fc.property(anyQuery, (query) => {
        assert.deepEqual(parseQuery(printQuery(query)), { kind: 'query', query });
      }),
    );
  });

  it('of what a pod can say selects the same nodes as node affinity', () => {
    fc.assert(
      fc.property(nodeQuery, queriedNodes, (query, nodes) => {
        const expressed = expressQueries([query], knownOf(nodes));
        fc.pre(expressed.inexpressible.length === 0);
        assert.deepEqual(
          nodes.map((node) => takes(expressed, node)),
          nodes.map((node) => matches(query, subjectOf(node))),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('whatever it is, excludes no node that it asks for, and is exact where nothing is left out', () => {
    fc.assert(
      fc.property(fc.array(anyQuery, { maxLength: 3 }), queriedNodes, (queries, nodes) => {
        const expressed = expressQueries(queries, knownOf(nodes));
        for (const node of nodes) {
          const isAsked = queries.every((query) => matches(query, subjectOf(node)));
          if (isAsked || expressed.inexpressible.length === 0) assert.equal(takes(expressed, node), isAsked);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is expressed in what the API server takes', () => {
    const label = /^(?:[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)?$/;
    fc.assert(
      fc.property(anyQuery, queriedNodes, (query, nodes) => {
        const { terms = [] } = expressQueries([query], knownOf(nodes));
        assert(terms.length <= 64);
        for (const { key, operator, values = [] } of terms.flatMap((term) => term.matchExpressions ?? [])) {
          assert.equal(values.length > 0, !['Exists', 'DoesNotExist'].includes(operator), key);
          assert(values.every((value) => label.test(value) && value.length <= 63));
          assert(!['Gt', 'Lt'].includes(operator) || /^\d+$/.test(values.join(' ')));
        }
        assert(terms.flatMap((term) => term.matchFields ?? []).every(({ values = [] }) => values.length === 1));
      }),
    );
  });
});
