import { annotations } from '../../../api/labels.ts';
import type { LaunchType } from '../../../api/placement.ts';

/** What the Cluster Autoscaler, and what Karpenter ask before they take a node away. */
export const safeToEvict = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const doNotDisrupt = 'karpenter.sh/do-not-disrupt';

/** Annotations to be written; null where there is to be none. */
export type Notes = Readonly<Record<string, string | null>>;

/** What says to both that a task is protected, and that it was said for that. */
export const shield: Notes = { [safeToEvict]: 'false', [doNotDisrupt]: 'true', [annotations.shielded]: 'true' };

/**
 * What takes that back: as the pod was made.
 * @param overlay the annotations of the pod overlay of its definition.
 */
export function withoutShield(launchType: LaunchType, overlay: Readonly<Record<string, string>> = {}): Notes {
  return {
    [safeToEvict]: overlay[safeToEvict] ?? (launchType === 'EC2' ? 'true' : null),
    [doNotDisrupt]: overlay[doNotDisrupt] ?? null,
    [annotations.shielded]: null,
  };
}
