import { labels } from '../../../api/labels.ts';
import type { Pod } from '../../../api/meta.ts';
import { groupLabel, type TaskGroup } from '../task-group.ts';
import type { Asked, NodeTerm } from './asked.ts';
import { hostLabel } from './topology.ts';

type Affinity = NonNullable<NonNullable<Pod['spec']>['affinity']>;
type PodTerm = NonNullable<
  NonNullable<Affinity['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>[number];

/** What binds a task to nodes, from wherever it comes. */
export interface Bonds {
  /** Of its capacity provider's nodes. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** What its constraints ask of nodes. */
  readonly asked: Asked;
  /** Whether no other task of its group may be on the node. */
  readonly isDistinct: boolean;
  readonly group: TaskGroup;
}

/** All that binds a task to nodes, as one affinity; undefined when nothing does. */
export function affinityOf(bonds: Bonds): Affinity | undefined {
  const { asked, isDistinct, group } = bonds;
  const nodeSelectorTerms = nodeTermsOf(bonds);
  const beside = asked.beside.map(besideGroup);
  const apart = [...(isDistinct ? [besidePods(group.members)] : []), ...asked.apart.map(besideGroup)];
  if (nodeSelectorTerms.length + beside.length + apart.length === 0) return undefined;
  return {
    ...(nodeSelectorTerms.length > 0 && {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    }),
    ...(beside.length > 0 && { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: beside } }),
    ...(apart.length > 0 && { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: apart } }),
  };
}

/** The provider's labels go into each alternative: a node has to be one of its, whichever of them it is. */
function nodeTermsOf({ nodeLabels, asked }: Bonds): NodeTerm[] {
  const ofProvider = Object.entries(nodeLabels).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
  return asked.nodes
    .map((term) => ({ ...term, matchExpressions: [...ofProvider, ...(term.matchExpressions ?? [])] }))
    .filter(({ matchExpressions, matchFields = [] }) => matchExpressions.length + matchFields.length > 0)
    .map(({ matchExpressions, ...term }) => ({ ...term, ...(matchExpressions.length > 0 && { matchExpressions }) }));
}

/** On a node with a task of that group, of whichever cluster: a namespace is an account. */
function besideGroup(name: string): PodTerm {
  return besidePods({ [labels.group]: groupLabel(name) });
}

function besidePods(matchLabels: Readonly<Record<string, string>>): PodTerm {
  return { topologyKey: hostLabel, labelSelector: { matchLabels: { ...matchLabels } } };
}
