import { hasLabels } from '../../../base/label-selector.ts';
import { findBlockingTaint } from '../../capacity/tolerations.ts';
import { attributeOf } from '../attributes.ts';
import type { PlacementNode, PlacementRequest } from '../model-types.ts';
import { compileQuery, isStatic, type Predicate, type QuerySubject } from '../query/evaluate.ts';
import type { Query } from '../query/query.ts';
import type { NodeState, ResourceNumbers } from './node-state.ts';

/** Some of a resource, by its number. */
export interface Need {
  readonly number: number;
  readonly amount: number;
}

/** What a request asks for, in the order of its amounts. Nothing of a resource is there even where it is overdrawn. */
export function needsOf({ amounts }: Pick<PlacementRequest, 'amounts'>, numbers: ResourceNumbers): readonly Need[] {
  const needs: Need[] = [];
  for (const name in amounts) {
    const amount = amounts[name] ?? 0;
    if (amount > 0) needs.push({ number: numbers.of(name), amount });
  }
  return needs;
}

export function hasFree({ free }: NodeState, needs: readonly Need[]): boolean {
  for (const { number, amount } of needs) if ((free[number] ?? 0) < amount) return false;
  return true;
}

export function hasPorts({ hostPorts }: NodeState, asked: readonly string[]): boolean {
  return hostPorts.size === 0 || !asked.some((port) => hostPorts.has(port));
}

/** What does not change as tasks come and go. */
export type StaticTerms = Pick<PlacementRequest, 'nodeSelector' | 'tolerations' | 'queries'>;

/**
 * Whether a node is one to look at, as far as that does not depend on what runs there.
 * @param resources that it must have at all.
 */
export function compileStatic(terms: StaticTerms, resources: readonly string[]): (node: PlacementNode) => boolean {
  const predicates = terms.queries.filter(isStatic).map(compileQuery);
  return (node) => {
    if (node.standing !== 'active' || !hasLabels(node.labels, terms.nodeSelector)) return false;
    if (findBlockingTaint(node.taints, terms.tolerations)) return false;
    if (resources.some((name) => (node.allocatable[name] ?? 0) === 0)) return false;
    const subject = subjectOf(node);
    return predicates.every((isAsked) => isAsked(subject));
  };
}

/** Those of the queries whose answer changes as tasks come and go. */
export function compileLive(queries: readonly Query[]): readonly Predicate[] {
  return queries.filter((query) => !isStatic(query)).map(compileQuery);
}

/** @param group of the request: groups in queries are meant in its namespace. */
export function liveSubjectOf(state: NodeState, node: PlacementNode, group: string): QuerySubject {
  const { groups, runningTasks: runningTasksCount } = state;
  const namespace = group.slice(0, group.indexOf('/') + 1);
  return { ...subjectOf(node), runningTasksCount, hasGroup: (name) => groups.has(`${namespace}${name}`) };
}

function subjectOf(node: PlacementNode): QuerySubject {
  const { labels, ec2InstanceId, registeredAtMs, standing } = node;
  return {
    attribute: (name) => attributeOf(labels, name),
    ec2InstanceId,
    agentConnected: standing !== 'disconnected',
    registeredAtMs,
    runningTasksCount: 0,
    hasGroup: () => false,
  };
}
