import { hasLabels } from '../../../base/label-selector.ts';
import { clip } from '../../../base/text.ts';
import { findBlockingTaint } from '../../capacity/tolerations.ts';
import type { PlacementNode, PlacementRequest } from '../model-types.ts';
import { emptyProvider } from '../failure-words.ts';
import { compileQuery } from '../query/evaluate.ts';
import { printQuery } from '../query/print.ts';
import type { Query } from '../query/query.ts';
import { resourceWords } from '../resource-words.ts';
import { liveSubjectOf } from './eligible.ts';
import { commonResources, type NodeState, type ResourceNumbers } from './node-state.ts';

/** One thing that a node must have to take a task. */
export interface Check {
  /** In ECS's words, as in RunTask's `failures`; ours where ECS has none. */
  readonly reason: string;
  /** How far a node is from it: 0 when it has it, 1 when it has nothing of it. */
  readonly lack: (state: NodeState, node: PlacementNode) => number;
  /** What is told of nodes that do not have it; by node where that is not the same for all. */
  readonly words: Words | ((node: PlacementNode) => Words);
  /** How much of a resource is missing. */
  readonly missing?: (state: NodeState) => string;
}

/** After the number of the nodes: `7 lack 512 MiB`, `1 lacks 512 MiB`. */
export interface Words {
  readonly one: string;
  readonly many: string;
  /** Of a node that is named, where that is another form. */
  readonly alone?: string;
}

/** Of an expression, in a sentence. */
const longestExpression = 120;

/** All that a request asks for, in the order in which ECS looks: provider, standing, resources, attributes, constraints. */
export function checksOf(request: PlacementRequest, numbers: ResourceNumbers): readonly Check[] {
  const { hostPorts, nodeSelector, provider, queries, tolerations, group } = request;
  const amounts = Object.entries(request.amounts).filter(([, amount]) => amount > 0);
  const isLate = ([name]: readonly [string, number]): boolean => ['pods', 'ephemeral-storage'].includes(name);
  const resource = ([name, amount]: readonly [string, number]): Check => enough(name, amount, numbers.of(name));
  const labels = Object.entries(nodeSelector).filter(([key]) => !Object.hasOwn(provider?.labels ?? {}, key));
  return [
    ...(provider ? [provided(provider)] : []),
    standing('draining', 'DRAINING'),
    standing('disconnected', 'AGENT'),
    ...amounts
      .filter((each) => !isLate(each))
      .toSorted(byName)
      .map(resource),
    ...hostPorts.map(unusedPort),
    ...amounts.filter(isLate).toSorted(byName).map(resource),
    ...labels.map(labelled),
    tolerated(tolerations),
    ...queries.map((query) => memberOf(query, group)),
    ...(request.isDistinct ? [distinct(group)] : []),
  ];
}

/** CPU before memory before all others. */
function byName([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

function rank(name: string): number {
  const at = (commonResources as readonly string[]).indexOf(name);
  return at < 0 ? commonResources.length : at;
}

function provided({ name, labels }: NonNullable<PlacementRequest['provider']>): Check {
  const what = `not of capacity provider ${name}`;
  const isMet = (_state: NodeState, node: PlacementNode): boolean => hasLabels(node.labels, labels);
  return passed({ reason: emptyProvider, isMet, words: { one: what, many: what, alone: `is ${what}` } });
}

function standing(which: PlacementNode['standing'], reason: string): Check {
  return passed({
    reason,
    isMet: (_state, node) => node.standing !== which,
    words: { one: which, many: which, alone: `is ${which}` },
  });
}

function enough(name: string, amount: number, number: number): Check {
  const { reason, amount: told } = resourceWords(name);
  const short = ({ free }: NodeState): number => Math.max(0, amount - Math.max(0, free[number] ?? 0));
  return {
    reason,
    lack: (state) => short(state) / amount,
    words: verb('lack', told(amount)),
    missing: (state) => told(short(state)),
  };
}

function unusedPort(port: string): Check {
  const words = { one: `has ${port} in use`, many: `have ${port} in use` };
  return passed({ reason: 'RESOURCE:PORTS', isMet: ({ hostPorts }) => !hostPorts.has(port), words });
}

function labelled([key, value]: readonly [string, string]): Check {
  const isMet = (_state: NodeState, node: PlacementNode): boolean => node.labels[key] === value;
  return passed({ reason: 'ATTRIBUTE', isMet, words: verb('lack', `the label ${key}=${value}`) });
}

function tolerated(tolerations: PlacementRequest['tolerations']): Check {
  const words = (node: PlacementNode): Words => {
    const { key = '', value = '', effect = '' } = findBlockingTaint(node.taints, tolerations) ?? {};
    const taint = `the taint ${key}${value === '' ? '' : `=${value}`}:${effect}`;
    return { one: `has ${taint}`, many: `have ${taint}` };
  };
  return passed({ reason: 'TAINT', isMet: (_state, node) => !findBlockingTaint(node.taints, tolerations), words });
}

function memberOf(query: Query, group: string): Check {
  const isAsked = compileQuery(query);
  const words = verb('fail', `memberOf ${clip(printQuery(query), longestExpression)}`);
  const isMet = (state: NodeState, node: PlacementNode): boolean => isAsked(liveSubjectOf(state, node, group));
  return passed({ reason: 'MemberOf', isMet, words });
}

function distinct(group: string): Check {
  const words = verb('run', `a task of ${group.slice(group.indexOf('/') + 1)} already`);
  return passed({ reason: 'distinctInstance', isMet: ({ groups }) => !groups.has(group), words });
}

interface Condition extends Pick<Check, 'reason' | 'words'> {
  readonly isMet: (state: NodeState, node: PlacementNode) => boolean;
}

function passed({ isMet, ...rest }: Condition): Check {
  return { ...rest, lack: (state, node) => (isMet(state, node) ? 0 : 1) };
}

function verb(name: string, what: string): Words {
  return { one: `${name}s ${what}`, many: `${name} ${what}` };
}
