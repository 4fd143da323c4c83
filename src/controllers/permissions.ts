import { leasePermissions } from '../kube/leader/lease.ts';
import { cachePermissions, controllerPermissions, type Permission } from '../kube/writes/permissions.ts';
import { recorderPermissions } from '../kube/events/recorder.ts';
import { caches } from './caches.ts';
import { controllersWith, defaultSettings } from './index.ts';

export type { Permission } from '../kube/writes/permissions.ts';

/** All that the operator may do, in every namespace it looks at. One permission may be there more than once. */
export const permissions: readonly Permission[] = [
  ...caches.flatMap(({ resource }) => cachePermissions(resource)),
  ...controllersWith(defaultSettings).flatMap(controllerPermissions),
  ...recorderPermissions,
];

/** What leader election takes beyond that, in the namespace of the lease. */
export const leaderPermissions = leasePermissions;
