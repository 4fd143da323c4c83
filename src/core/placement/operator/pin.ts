import type { AffinityView, NodeTerm, PodView } from '../../../api/meta.ts';

/**
 * The node that the required affinity of a pod leaves it: our own pin, and that of the DaemonSet controller, which pins its
 * pods in the same way. Undefined when it leaves several.
 */
export function pinOf({ spec }: PodView): string | undefined {
  const [node, ...others] = new Set(termsOf(spec?.affinity).map(nodeOf));
  return others.length === 0 ? node : undefined;
}

/** Terms of the required node affinity: a node has to match one of them. */
export function termsOf(affinity: AffinityView | undefined): readonly NodeTerm[] {
  return affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
}

function nodeOf({ matchFields = [] }: NodeTerm): string | undefined {
  const field = matchFields.find(
    ({ key, operator, values }) => key === 'metadata.name' && operator === 'In' && values?.length === 1,
  );
  return field?.values?.[0];
}

/** The affinity with that node alone: the affinity of a gated pod may be narrowed, and each of its terms has to be. */
export function pinnedTo(node: string, affinity: AffinityView | undefined): AffinityView {
  const terms = termsOf(affinity);
  const field = { key: 'metadata.name', operator: 'In', values: [node] };
  const nodeSelectorTerms = (terms.length === 0 ? [{}] : terms).map((term: NodeTerm) => ({
    ...term,
    matchFields: [...(term.matchFields ?? []), field],
  }));
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}
