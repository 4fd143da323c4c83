import { clip } from '../../../base/text.ts';
import { isPattern } from './operators.ts';
import { conjunctsOf } from './normal-form.ts';
import { printQuery } from './print.ts';
import type { Query, Subject } from './query.ts';
import {
  alternativesOf,
  expansionOf,
  isExpanded,
  mostValues,
  type KnownNodes,
  type Literal,
} from './node-affinity/literal.ts';
import {
  always,
  bothOf,
  eitherOf,
  nodeSelectorTerms,
  type Alternatives,
  type NodeSelectorTerm,
} from './node-affinity/terms.ts';

/** What a pod can say of queries, for a scheduler that knows nothing of them. */
export interface ExpressedQueries {
  /** The node must match one of them; undefined where every node will do. */
  readonly terms: readonly NodeSelectorTerm[] | undefined;
  /** Of each of these groups a task must run on the node. */
  readonly affinity: readonly string[];
  /** Of none of these. */
  readonly antiAffinity: readonly string[];
  /** Sentences on what holds for the nodes that there are now. */
  readonly approximated: readonly string[];
  /** Sentences on what is left out, so that more nodes are eligible than should be. */
  readonly inexpressible: readonly string[];
}

/** How many alternatives a pod gets: each is looked at for each node, and stored with each pod. */
const mostTerms = 64;

/**
 * Queries, all of which must hold, as node affinity and as groups to be near to and away from.
 *
 * Each part that has to hold by itself is expressed or left out as a whole: what is expressed never excludes a node
 * that the queries ask for and whose values are known.
 */
export function expressQueries(queries: readonly Query[], known: KnownNodes): ExpressedQueries {
  const parts = queries.flatMap(conjunctsOf);
  const nearness = parts.map(nearnessOf);
  const rest = parts.filter((_part, index) => !nearness[index]);
  const inexpressible: string[] = [];
  const approximated: string[] = [];
  let alternatives = always;
  for (const part of rest) {
    const obstacle = obstacleOf(part, known);
    const expanded = obstacle === undefined ? expand(part, known) : undefined;
    const next = expanded && bounded(bothOf(alternatives, expanded));
    if (next) {
      alternatives = next;
      approximated.push(...literalsOf(part).flatMap((literal) => approximation(literal, known)));
    } else {
      inexpressible.push(`${excerpt(part)} is left out: ${obstacle ?? tooMany}.`);
    }
  }
  return {
    terms: nodeSelectorTerms(alternatives),
    affinity: unique(nearness.flatMap((each) => each?.near ?? [])),
    antiAffinity: unique(nearness.flatMap((each) => each?.away ?? [])),
    approximated: unique(approximated),
    inexpressible: unique(inexpressible),
  };
}

const tooMany = `the expression takes more than ${String(mostTerms)} node selector terms`;

/** What a part asks of groups; undefined where it asks for something else, or for one group of several. */
function nearnessOf(part: Query): { readonly near?: readonly string[]; readonly away?: readonly string[] } | undefined {
  const [literal] = literalsOf(part);
  if (part.kind === 'or' || literal?.term.subject.kind !== 'task:group') return undefined;
  const { operator, values } = literal.term;
  if (['!=', '!in'].includes(operator) !== literal.isNegated) return { away: values };
  return values.length === 1 ? { near: values } : undefined;
}

/** Of `or` over `and` over `or`, down to comparisons; undefined where it takes too many alternatives. */
function expand(part: Query, known: KnownNodes): Alternatives | undefined {
  if (part.kind === 'or' || part.kind === 'and') {
    const left = expand(part.left, known);
    const right = left && expand(part.right, known);
    return left && right && bounded(part.kind === 'or' ? eitherOf(left, right) : bothOf(left, right));
  }
  const [literal] = literalsOf(part);
  return literal && bounded(alternativesOf(literal, known));
}

function bounded(alternatives: Alternatives): Alternatives | undefined {
  return alternatives.length <= mostTerms ? alternatives : undefined;
}

function literalsOf(part: Query): readonly Literal[] {
  if (part.kind === 'term') return [{ term: part, isNegated: false }];
  if (part.kind === 'not') return literalsOf(part.query).map(({ term }) => ({ term, isNegated: true }));
  return [...literalsOf(part.left), ...literalsOf(part.right)];
}

/** Why a part cannot be expressed; undefined when it can. */
function obstacleOf(part: Query, known: KnownNodes): string | undefined {
  for (const literal of literalsOf(part)) {
    const obstacle = obstacleTo(literal, known);
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}

/** What no pod can ask for, and why. */
const obstacles: Readonly<Partial<Record<Subject['kind'], string>>> = {
  registeredAt: 'the kube-scheduler does not ask how old a node is',
  runningTasksCount: 'the kube-scheduler does not count tasks',
  'task:group': 'a pod can ask for each of several task groups, not for one of several or for something else instead',
};

function obstacleTo(literal: Literal, known: KnownNodes): string | undefined {
  const { subject, operator } = literal.term;
  if (subject.kind === 'ec2InstanceId' && operator !== '==' && operator !== 'in') {
    return 'a pod can name instances that it may run on, and by not(ec2InstanceId in [...]) those that it may not';
  }
  const count = isExpanded(literal) ? expansionOf(literal, known).length : 0;
  if (count > mostValues) return `${String(count)} values that nodes have match, more than a pod can name`;
  return obstacles[subject.kind];
}

function approximation(literal: Literal, known: KnownNodes): string[] {
  if (!isExpanded(literal)) return [];
  const values = expansionOf(literal, known);
  const found = values.length === 0 ? 'there is none now' : `now ${clip(values.join(', '), 200)}`;
  const matching = isPattern(literal.term.operator) ? 'match the pattern' : 'are such numbers';
  return [`${excerpt(literal.term)} is expressed by the values of nodes that ${matching}: ${found}.`];
}

function excerpt(query: Query): string {
  return clip(printQuery(query), 200);
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
