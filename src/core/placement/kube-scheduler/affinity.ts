import { labels } from '../../../api/labels.ts';
import type { Pod } from '../../../api/meta.ts';
import type { NodeSelectorTerm } from '../query/node-affinity/terms.ts';
import { groupLabel, type TaskGroup } from '../task-group.ts';
import type { Asked } from './asked.ts';
import { hostLabel } from './topology.ts';

type Affinity = NonNullable<NonNullable<Pod['spec']>['affinity']>;
type PodTerm = NonNullable<
  NonNullable<Affinity['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>[number];

/** What binds a task to nodes, from wherever it comes. */
export interface Bonds {
  /** Of its capacity provider's nodes. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly asked: Asked;
  /** Whether no other task of its group may be on the node. */
  readonly isDistinct: boolean;
  readonly group: TaskGroup;
}

/** All that binds a task to nodes, as one affinity; undefined when nothing does. */
export function affinityOf(bonds: Bonds): Affinity | undefined {
  const { asked, isDistinct, group } = bonds;
  const nodeSelectorTerms = nodeTermsOf(bonds);
  const beside = asked.affinity.map(besideGroup);
  const apart = [...(isDistinct ? [besidePods(group.members)] : []), ...asked.antiAffinity.map(besideGroup)];
  if (nodeSelectorTerms.length + beside.length + apart.length === 0) return undefined;
  return {
    ...(nodeSelectorTerms.length > 0 && {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    }),
    ...(beside.length > 0 && { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: beside } }),
    ...(apart.length > 0 && { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: apart } }),
  };
}

/** The provider's labels go into each alternative; one that asks nothing is one that no node is, and stays so. */
function nodeTermsOf({ nodeLabels, asked }: Bonds): NodeSelectorTerm[] {
  const ofProvider = Object.entries(nodeLabels).map(([key, value]) => ({
    key,
    operator: 'In' as const,
    values: [value],
  }));
  if (ofProvider.length === 0) return [...(asked.terms ?? [])];
  if (!asked.terms) return [{ matchExpressions: ofProvider }];
  return asked.terms.map((term) =>
    isNever(term) ? term : { ...term, matchExpressions: [...ofProvider, ...(term.matchExpressions ?? [])] },
  );
}

function isNever({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): boolean {
  return matchExpressions.length + matchFields.length === 0;
}

/** On a node with a task of that group, of whichever cluster: groups are those of an account, which a namespace is. */
function besideGroup(name: string): PodTerm {
  return besidePods({ [labels.group]: groupLabel(name) });
}

function besidePods(matchLabels: Readonly<Record<string, string>>): PodTerm {
  return { topologyKey: hostLabel, labelSelector: { matchLabels: { ...matchLabels } } };
}
