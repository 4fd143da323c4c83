import { noNodes, wordsOf } from './failure-words.ts';
import type { WhyNot } from './model-types.ts';
import { resourceWords } from './resource-words.ts';

/** What a message of the kube-scheduler says of some of the nodes. */
interface Meaning {
  readonly says: RegExp;
  /** In ECS's words, as `failureWords` has it. */
  readonly reason: string | ((found: RegExpExecArray) => string);
}

/**
 * What the kube-scheduler's filters say of a node that does not take a pod, the last one to look first: each node fails
 * at the first filter that refuses it, so that a node which failed at a later one was nearer to taking the pod.
 */
const meanings: readonly Meaning[] = [
  { says: /existing pods anti-affinity rules$/, reason: 'ANTIAFFINITY' },
  { says: /pod anti-affinity rules$/, reason: 'distinctInstance' },
  { says: /pod affinity rules$/, reason: 'MemberOf' },
  { says: /persistent ?volume|pvc|volume zone|volume node affinity|free storage/i, reason: 'LOCATION' },
  { says: /max volume count|no available disk/, reason: 'RESOURCE:VOLUMES' },
  { says: /^Insufficient (\S+)$/, reason: ([, resource = '']) => resourceWords(resource).reason },
  { says: /^Too many pods$/, reason: 'RESOURCE:ENI' },
  { says: /free ports/, reason: 'RESOURCE:PORTS' },
  { says: /node affinity|node selector|requested node name|plugin\(?s?\)? \[?NodeAffinity/, reason: 'ATTRIBUTE' },
  { says: /taint \{([^:}]*)/, reason: ([, key = '']) => taintReason(key) },
  { says: /untolerated taint/, reason: 'TAINT' },
  { says: /were unschedulable/, reason: 'DRAINING' },
];

/** Until 1.34 the kube-scheduler names the taint: the node controller's own mean what ECS calls otherwise. */
function taintReason(key: string): string {
  if (key === 'node.kubernetes.io/not-ready' || key === 'node.kubernetes.io/unreachable') return 'AGENT';
  return key === 'node.kubernetes.io/unschedulable' ? 'DRAINING' : 'TAINT';
}

/** Some nodes, and why they do not take the pod. */
interface Part {
  /** Its place in `meanings`: the smaller, the nearer. */
  readonly rank: number;
  readonly reason: string;
  readonly words: string;
  readonly nodes: number;
}

/**
 * Why no node takes a task, out of what the kube-scheduler says of its pod: `0/6 nodes are available: 3 Insufficient
 * cpu, 2 node(s) were unschedulable. preemption: …`. What it says otherwise stays as it is. A node that lacks several
 * resources is in several of its counts.
 * @param attribute what ECS calls a node whose labels are not as asked for: MemberOf where constraints ask for them.
 */
export function whyNotOf(message: string, attribute: 'ATTRIBUTE' | 'MemberOf' = 'ATTRIBUTE'): WhyNot {
  if (message.startsWith('no nodes available') || message.startsWith('0/0 ')) return noNodes;
  const [, total = '', listed = message] = /^0\/(\d+) nodes are available: ([^]*)$/.exec(message) ?? [];
  const parts = total === '' ? [] : partsOf(listed, attribute);
  const [nearest] = parts.toSorted((a, b) => a.rank - b.rank || b.nodes - a.nodes);
  if (!nearest) return { reason: 'OTHER', counts: [], sentence: firstSentence(listed) };
  const counts = merged(parts).toSorted((a, b) => b.nodes - a.nodes || (a.reason < b.reason ? -1 : 1));
  const told = counts.map(({ nodes, words }) => `${String(nodes)} ${words}`).join(', ');
  return { reason: nearest.reason, counts, sentence: `${total} nodes: ${told}` };
}

/** What follows is about preemption, which ECS does not have. */
function firstSentence(text: string): string {
  return (text.split('. ')[0] ?? text).replace(/\.$/, '');
}

function partsOf(listed: string, attribute: string): Part[] {
  return firstSentence(listed)
    .split(/, (?=\d+ )/)
    .flatMap((item) => {
      const [, nodes = '', said = ''] = /^(\d+) (.+)$/.exec(item) ?? [];
      return said === '' ? [] : [partOf(Number(nodes), said, attribute)];
    });
}

function partOf(nodes: number, said: string, attribute: string): Part {
  for (const [rank, { says, reason }] of meanings.entries()) {
    const found = says.exec(said);
    if (!found) continue;
    const name = typeof reason === 'string' ? reason : reason(found);
    const own = name === 'ATTRIBUTE' ? attribute : name;
    return { rank, reason: own, words: wordsOf(own).count, nodes };
  }
  return { rank: meanings.length, reason: 'OTHER', words: said, nodes };
}

/** One count for each reason, but for what stays in the words of the kube-scheduler. */
function merged(parts: readonly Part[]): WhyNot['counts'] {
  const byWords = Map.groupBy(parts, ({ words }) => words);
  return [...byWords.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const { reason, words } = first;
    return [{ reason, words, nodes: same.reduce((sum, { nodes }) => sum + nodes, 0) }];
  });
}
