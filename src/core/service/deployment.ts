import type { DeploymentStatus, ServiceStatus } from '../../api/service-status.ts';
import { withoutDefaults } from '../../api/content.ts';
import { taskDefinitionKind } from '../../api/task-definition.ts';
import { contentHash } from '../../base/hash.ts';
import type { Snapshot } from '../task/snapshot.ts';

/** A deployment as its ControllerRevision keeps it. */
export interface DeploymentRecord {
  /** Name of the ControllerRevision: `ecs-svc-` and the digits. */
  readonly name: string;
  readonly uid: string;
  /** Digits of the deployment id, which is `ecs-svc/<digits>`. */
  readonly digits: string;
  /** The highest one is the PRIMARY deployment. */
  readonly sequence: number;
  readonly hash: string;
  readonly createdAt: string;
  readonly resourceVersion: string;
  readonly snapshot: Snapshot;
  /** How it ended the last time; `outcomeOf` tells whether it is in progress. */
  readonly outcome?: DeploymentOutcome;
  /** Images by the ECS names of containers, as `repository@sha256:...`: what its tasks are started from once it is known. */
  readonly images?: Readonly<Record<string, string>>;
  /** What began it; absent where nobody has written it down. */
  readonly origin?: DeploymentOrigin;
}

/** Who may end a deployment. `command`: somebody has asked for it (ECS API reference, StopServiceDeployment). */
export type EndedBy = 'circuitBreaker' | 'alarms' | 'command';

/** How a deployment ended, written down on its ControllerRevision, so that it outlives the status of its service. */
export interface DeploymentOutcome {
  readonly state: 'COMPLETED' | 'FAILED' | 'STOPPED';
  /** RFC 3339. */
  readonly at: string;
  /** Why, in ECS's words and without a period, unless it was completed. */
  readonly reason?: string;
  /** For people: what has happened, and what to look at. */
  readonly message?: string;
  /** Its content is not deployed again, until the service asks for another one. */
  readonly isRejected?: boolean;
  /** Absent where it was completed, or a newer one has taken its place. */
  readonly endedBy?: EndedBy;
  /** The sequence it had then: with a higher one it has been deployed again since. Absent: the one it has. */
  readonly sequence?: number;
  /** The sequence with which it was completed the last time, if it ever was. */
  readonly completed?: number;
  /** Digits of the deployment that takes its place, where it is rolled back. */
  readonly rolledBackTo?: string;
}

/** What began a deployment, for its history. */
export interface DeploymentOrigin {
  readonly cause: 'SERVICE_CREATED' | 'NEW_REVISION' | 'SPEC_CHANGED' | 'FORCED' | 'ROLLBACK';
  /** `kubernetes.io/change-cause` of the service. */
  readonly changeCause?: string;
}

/** A deployment that does not exist yet. */
export type NewDeployment = Omit<DeploymentRecord, 'uid' | 'createdAt' | 'resourceVersion' | 'outcome'>;

/**
 * What makes two deployments the same: their content, without default values and without the revision's number. Never
 * a hash of the rendered pod, so that neither an operator upgrade nor a mutating webhook rolls anything.
 */
export function deploymentHash(snapshot: Snapshot): string {
  const family = snapshot.taskDefinition.split(':')[0];
  const content = withoutDefaults(taskDefinitionKind.spec, snapshot.content);
  const force = snapshot.force === undefined ? [] : [{ force: snapshot.force }];
  const routing = snapshot.routing === undefined ? [] : [{ routing: snapshot.routing }];
  return contentHash([family, snapshot.launchType, content, ...(snapshot.launchVolumes ?? []), ...force, ...routing]);
}

/** The deployment that comes after `records`, with ids that a second attempt would give it too. */
export function newDeployment(
  serviceUid: string,
  records: readonly DeploymentRecord[],
  snapshot: Snapshot,
): NewDeployment {
  const sequence = Math.max(0, ...records.map((record) => record.sequence)) + 1;
  const hash = deploymentHash(snapshot);
  const digits = decimalDigits(contentHash([serviceUid, sequence, hash]));
  return { name: `ecs-svc-${digits}`, digits, sequence, hash, snapshot };
}

/** The deployment with the highest sequence. */
export function primaryOf(deployments: readonly DeploymentRecord[]): DeploymentRecord | undefined {
  return deployments.reduce<DeploymentRecord | undefined>(
    (best, each) => (best === undefined || each.sequence > best.sequence ? each : best),
    undefined,
  );
}

/** The deployment id in ECS's form. */
export function deploymentId(digits: string): string {
  return `ecs-svc/${digits}`;
}

/** What the last status said of a deployment. */
export function findDeployment(
  status: ServiceStatus | undefined,
  record: DeploymentRecord,
): DeploymentStatus | undefined {
  return status?.deployments?.find((each) => each.id === deploymentId(record.digits));
}

/** 19 decimal digits, the first not 0, from 16 hex digits: ECS's ids have 18 to 20. */
function decimalDigits(hex: string): string {
  const value = BigInt(`0x${hex.slice(0, 16)}`) % 9_000_000_000_000_000_000n;
  return (value + 1_000_000_000_000_000_000n).toString();
}
