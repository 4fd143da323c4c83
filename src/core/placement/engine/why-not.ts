import { hasLabels } from '../../../base/label-selector.ts';
import { emptyProvider, noNodes } from '../failure-words.ts';
import type { PlacementNode, PlacementRequest, WhyNot } from '../model-types.ts';
import { checksOf, type Check, type Words } from './checks.ts';
import type { Inventory } from './inventory.ts';
import type { NodeState } from './node-state.ts';

/** Kinds of failure that a sentence names; the others are counted together. */
const namedKinds = 5;

/**
 * Why no node takes a task. Each node counts once, for the first thing that it does not have, in the order in which ECS
 * looks. The nearest miss is the node that does not have the fewest things; of several, the one that lacks the least
 * part of what it lacks most. A node that does not take tasks at all is nearest only where all are like that, and one of
 * another capacity provider only where the task's own has none.
 *
 * Worked example: a task of 512 MiB; a node with 424 MiB free lacks 88 of 512, and is nearer than one with 100 free, and
 * than one with 500 free that fails memberOf besides.
 */
export function explain(request: PlacementRequest, { states, numbers }: Pick<Inventory, 'states' | 'numbers'>): WhyNot {
  const survey: Survey = {
    request,
    checks: checksOf(request, numbers),
    kinds: new Map(),
    nearest: undefined,
    nodes: 0,
  };
  for (const state of states) if (state?.node) look(state, state.node, survey);
  if (survey.nodes === 0) return noNodes;
  const counts = countsOf(survey);
  const closest = survey.nearest && closestOf(survey.nearest, survey.checks);
  return { reason: reasonOf(survey), counts, sentence: sentenceOf(counts, closest), ...(closest && { closest }) };
}

interface Survey {
  readonly request: Pick<PlacementRequest, 'provider'>;
  readonly checks: readonly Check[];
  /** By what is told of them. */
  readonly kinds: Map<Check | string, Kind>;
  nearest: Miss | undefined;
  nodes: number;
}

/** Nodes of which the same is told. */
interface Kind {
  readonly reason: string;
  readonly words: Words;
  nodes: number;
}

/** How far a node is from taking the task. */
interface Miss {
  readonly state: NodeState;
  readonly node: PlacementNode;
  /** 0 for a node that takes tasks of the provider. */
  readonly remoteness: number;
  failures: number;
  lack: number;
}

/** It may have found room in the meantime. */
const takes: Check = { reason: 'NONE', lack: () => 0, words: { one: 'takes it', many: 'take it' } };

function look(state: NodeState, node: PlacementNode, survey: Survey): void {
  survey.nodes += 1;
  const miss: Miss = { state, node, remoteness: remotenessOf(node, survey.request), failures: 0, lack: 0 };
  for (const check of survey.checks) {
    const lack = check.lack(state, node);
    if (lack === 0) continue;
    if (miss.failures === 0) count(check, node, survey);
    miss.failures += 1;
    miss.lack = Math.max(miss.lack, lack);
    // What comes can only take it farther away.
    if (survey.nearest && distance(miss, survey.nearest) > 0) return;
  }
  if (miss.failures === 0) count(takes, node, survey);
  else if (!survey.nearest || isNearer(miss, survey.nearest)) survey.nearest = miss;
}

function isNearer(a: Miss, b: Miss): boolean {
  const difference = distance(a, b);
  return difference === 0 ? a.node.name < b.node.name : difference < 0;
}

/** Below zero when the first is nearer. */
function distance(a: Miss, b: Miss): number {
  return a.remoteness - b.remoteness || a.failures - b.failures || a.lack - b.lack;
}

function remotenessOf(node: PlacementNode, { provider }: Survey['request']): number {
  if (provider && !hasLabels(node.labels, provider.labels)) return 2;
  return node.standing === 'active' ? 0 : 1;
}

function count(check: Check, node: PlacementNode, { kinds }: Survey): void {
  const { reason, words } = check;
  const key = typeof words === 'function' ? words(node).many : check;
  const kind = kinds.get(key);
  if (kind) kind.nodes += 1;
  else kinds.set(key, { reason, words: wordsFor(check, node), nodes: 1 });
}

function countsOf({ kinds }: Survey): WhyNot['counts'] {
  return [...kinds.values()]
    .map(({ reason, words, nodes }) => ({ reason, words: nodes === 1 ? words.one : words.many, nodes }))
    .toSorted((a, b) => b.nodes - a.nodes || (a.words < b.words ? -1 : 1));
}

function closestOf({ state, node }: Miss, checks: readonly Check[]): NonNullable<WhyNot['closest']> {
  const failed = checks.filter((check) => check.lack(state, node) > 0);
  const missing = failed.flatMap((check) => (check.missing ? [check.missing(state)] : []));
  const others = failed.filter((check) => !check.missing).map((check) => wordsFor(check, node));
  const lacks = missing.length === 0 ? [] : [`lacks ${missing.join(' and ')}`];
  return { node: node.name, lacks: [...lacks, ...others.map(({ one, alone = one }) => alone)].join(' and ') };
}

function wordsFor({ words }: Check, node: PlacementNode): Words {
  return typeof words === 'function' ? words(node) : words;
}

/** Of the nearest miss. Where no node takes tasks at all ECS sees none, or agents that are not connected. */
function reasonOf({ nearest, checks, kinds }: Survey): string {
  if (!nearest) return takes.reason;
  const { state, node, remoteness } = nearest;
  if (remoteness === 2) return emptyProvider;
  if (remoteness === 0) return checks.find((check) => check.lack(state, node) > 0)?.reason ?? takes.reason;
  return [...kinds.values()].some(({ reason }) => reason === 'AGENT') ? 'AGENT' : noNodes.reason;
}

function sentenceOf(counts: WhyNot['counts'], closest: WhyNot['closest']): string {
  const nodes = counts.reduce((sum, each) => sum + each.nodes, 0);
  const named = counts.slice(0, namedKinds).map((each) => `${String(each.nodes)} ${each.words}`);
  const others = counts.slice(namedKinds).reduce((sum, each) => sum + each.nodes, 0);
  const all = [...named, ...(others > 0 ? [`${String(others)} for other reasons`] : [])].join(', ');
  const nearest = closest ? `; closest ${closest.node} ${closest.lacks}` : '';
  return `${String(nodes)} ${nodes === 1 ? 'node' : 'nodes'}: ${all}${nearest}`;
}
