import { annotations } from '../api/labels.ts';
import type { KubeObject } from '../api/meta.ts';
import type { KnownEnding } from '../core/task/ending.ts';
import { ownedBy } from './resources.ts';

/** The body of an object that `owner` owns. */
export function owned<Body extends { readonly metadata: object }>(
  body: Body,
  owner: KubeObject,
): Body & {
  readonly metadata: Body['metadata'] & { readonly ownerReferences: readonly ReturnType<typeof ownedBy>[] };
} {
  return { ...body, metadata: { ...body.metadata, ownerReferences: [ownedBy(owner)] } };
}

/** Whether `owner` owns an object: this very one, not another that had its name. */
export function isOwnedBy({ metadata: { uid } }: KubeObject): (object: KubeObject) => boolean {
  return ({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}

/** A deadline of one second ends the pod gracefully and keeps it, with every exit code; the reason is written with it. */
export function endBody(
  { resourceVersion }: { readonly resourceVersion: string },
  { stopCode, stoppedReason }: KnownEnding,
): object {
  return {
    metadata: {
      resourceVersion,
      annotations: { [annotations.stopCode]: stopCode, [annotations.stoppedReason]: stoppedReason },
    },
    spec: { activeDeadlineSeconds: 1 },
  };
}
