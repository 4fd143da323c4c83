import { bodyOf, doneMs, nameOf, receivedMs, resourceOf, succeeded, type AuditEntry } from './entries.ts';

/** How a node stood from some moment on. */
export interface NodeState {
  /** It was so not before, and by then at the latest. */
  readonly fromMs: number;
  readonly byMs: number;
  /** When its tasks are lost: not before the first, by the second at the latest; undefined for not at all. */
  readonly loss: { readonly fromMs: number; readonly byMs: number } | undefined;
}

/** The states of each node in order, by name. */
export type Nodes = ReadonlyMap<string, readonly NodeState[]>;

/** What the log says of a node. */
interface Node {
  readonly isGone: boolean;
  readonly isOutOfService: boolean;
  /** Epoch ms since when it is not Ready; undefined while it is. */
  readonly silentMs: number | undefined;
}

interface Condition {
  readonly type: string;
  readonly status?: string;
  readonly lastTransitionTime?: string;
}

const created: Node = { isGone: false, isOutOfService: false, silentMs: undefined };

/**
 * Every node that the log knows of. Its tasks are lost when it has not been Ready for `lossMs`, when somebody says that
 * it is out of service, and when it is gone; in the last case an operator may give it that time too, for it may have
 * heard of a new node's pod before it heard of the node.
 */
export function nodesOf(entries: readonly AuditEntry[], lossMs: number): Nodes {
  const nodes = new Map<string, Node>();
  const states = new Map<string, NodeState[]>();
  for (const entry of entries.filter(isOfNodes)) {
    const isOfMany = entry.verb === 'deletecollection';
    for (const name of isOfMany ? [...nodes.keys()] : [nameOf(entry)]) {
      const before = nodes.get(name);
      const after = nextNode(before ?? created, entry);
      nodes.set(name, after);
      if (before === undefined || isOther(before, after)) {
        states.set(name, [...(states.get(name) ?? []), stateOf(after, entry, lossMs)]);
      }
    }
  }
  return states;
}

function isOfNodes(entry: AuditEntry): boolean {
  const isWrite = !['get', 'list', 'watch'].includes(entry.verb);
  return isWrite && ['nodes', 'nodes/status'].includes(resourceOf(entry)) && succeeded(entry);
}

function nextNode(before: Node, entry: AuditEntry): Node {
  if (entry.verb.startsWith('delete')) return { ...created, isGone: true };
  const node = entry.verb === 'create' ? created : before;
  // What is not written by a patch stays; the status is written where it is asked for, or with a new node.
  const withStatus = entry.verb === 'create' || resourceOf(entry) === 'nodes/status' ? takeStatus(node, entry) : node;
  return resourceOf(entry) === 'nodes' ? takeTaints(withStatus, entry) : withStatus;
}

function takeStatus(node: Node, entry: AuditEntry): Node {
  const conditions = (bodyOf(entry).status?.['conditions'] ?? []) as readonly Condition[];
  const ready = conditions.find(({ type, status }) => type === 'Ready' && status !== undefined);
  if (ready === undefined) return node;
  if (ready.status === 'True') return { ...node, silentMs: undefined };
  const { lastTransitionTime } = ready;
  const sinceMs = lastTransitionTime === undefined ? receivedMs(entry) : Date.parse(lastTransitionTime);
  // The API server keeps whole seconds of a time, whatever is sent.
  return { ...node, silentMs: Math.floor(sinceMs / 1000) * 1000 };
}

function takeTaints(node: Node, entry: AuditEntry): Node {
  const spec = bodyOf(entry).spec ?? {};
  if (entry.verb === 'patch' && !('taints' in spec)) return node;
  const taints = (spec['taints'] ?? []) as readonly { readonly key?: string }[];
  return { ...node, isOutOfService: taints.some(({ key }) => key === 'node.kubernetes.io/out-of-service') };
}

function isOther(a: Node, b: Node): boolean {
  return a.isGone !== b.isGone || a.isOutOfService !== b.isOutOfService || a.silentMs !== b.silentMs;
}

function stateOf({ isGone, isOutOfService, silentMs }: Node, entry: AuditEntry, lossMs: number): NodeState {
  const [fromMs, byMs] = [receivedMs(entry), doneMs(entry)];
  if (isOutOfService) return { fromMs, byMs, loss: { fromMs, byMs } };
  if (isGone) return { fromMs, byMs, loss: { fromMs, byMs: byMs + lossMs } };
  if (silentMs === undefined) return { fromMs, byMs, loss: undefined };
  const lostMs = silentMs + lossMs;
  return { fromMs, byMs, loss: { fromMs: Math.max(fromMs, lostMs), byMs: Math.max(byMs, lostMs) } };
}
