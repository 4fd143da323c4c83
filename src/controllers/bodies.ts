import { annotations, labels } from '../api/labels.ts';
import type { KubeObject } from '../api/meta.ts';
import type { KnownEnding } from '../core/task/ending.ts';
import type { TaskView } from '../core/task/view.ts';
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

/**
 * A deadline of one second ends the pod gracefully and keeps it, with every exit code; the reason is written with it. A
 * task that is in service is taken out, for what still runs of it serves nobody.
 */
export function endBody(
  { resourceVersion, route }: Pick<TaskView, 'resourceVersion' | 'route'>,
  { stopCode, stoppedReason }: KnownEnding,
): object {
  return {
    metadata: {
      resourceVersion,
      ...(route && { labels: { [labels.inService]: 'false' } }),
      annotations: { [annotations.stopCode]: stopCode, [annotations.stoppedReason]: stoppedReason },
    },
    spec: { activeDeadlineSeconds: 1 },
  };
}

/** Takes a task out of service; why it is stopped is written before that is done. @param until RFC 3339. */
export function drainBody(
  { resourceVersion }: { readonly resourceVersion: string },
  { stopCode, stoppedReason }: KnownEnding,
  until: string,
): object {
  return {
    metadata: {
      resourceVersion,
      labels: { [labels.inService]: 'false' },
      annotations: {
        [annotations.drainsUntil]: until,
        [annotations.stopCode]: stopCode,
        [annotations.stoppedReason]: stoppedReason,
      },
    },
  };
}
