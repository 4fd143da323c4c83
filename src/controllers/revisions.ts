import { annotations, labels, managedBy } from '../api/labels.ts';
import type { ControllerRevision } from '../api/meta.ts';
import { parseTaskDefinitionSpec } from '../api/task-definition.ts';
import { defined } from '../base/defined.ts';
import { dnsName } from '../base/dns-name.ts';
import { memo } from '../base/memo.ts';
import {
  deploymentHash,
  type DeploymentOrigin,
  type DeploymentOutcome,
  type DeploymentRecord,
  type NewDeployment,
} from '../core/service/deployment.ts';
import type { Snapshot } from '../core/task/snapshot.ts';
import type { LaunchRecord } from '../core/task/standalone/world.ts';
import { contentHashOf } from '../core/task-definition/plan.ts';
import type { NewRevision } from '../core/task-definition/world.ts';
import type { RevisionRecord } from '../core/task-definition/resolve.ts';

/**
 * ControllerRevisions hold three kinds of things: the revisions of a family, the deployments of a service, and the
 * launches of standalone tasks. All are content that never changes: the API server sees to it.
 *
 * Hashes are computed on read, not stored: all hashes that are compared then come from the same version of the code.
 */

/** What we write of a ControllerRevision. */
export interface RevisionBody {
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly revision: number;
  readonly data: unknown;
}

export const readRevision = memo((object: ControllerRevision): RevisionRecord => {
  const content = parseTaskDefinitionSpec(object.data);
  const family = object.metadata.annotations?.[annotations.taskDefinition]?.split(':')[0] ?? '';
  const { name, uid, creationTimestamp } = object.metadata;
  return {
    name,
    uid,
    family,
    number: object.revision,
    hash: contentHashOf(content),
    registeredAt: creationTimestamp,
    content,
  };
});

export function revisionBody(revision: NewRevision): RevisionBody {
  return {
    metadata: {
      name: revision.name,
      labels: {
        [labels.managedBy]: managedBy,
        [labels.family]: dnsName(revision.family),
        [labels.revision]: String(revision.number),
      },
      annotations: { [annotations.taskDefinition]: `${revision.family}:${String(revision.number)}` },
    },
    revision: revision.number,
    data: revision.content,
  };
}

export const readDeployment = memo((object: ControllerRevision): DeploymentRecord => {
  const stored = object.data as Snapshot;
  const snapshot = { ...stored, content: parseTaskDefinitionSpec(stored.content) };
  const { name, uid, creationTimestamp, resourceVersion, labels: own } = object.metadata;
  const digits = own?.[labels.deployment] ?? '';
  const hash = deploymentHash(snapshot);
  return {
    name,
    uid,
    digits,
    sequence: object.revision,
    hash,
    createdAt: creationTimestamp,
    resourceVersion,
    snapshot,
    ...defined('outcome', outcomeIn(object)),
    ...defined('images', noteOf<Readonly<Record<string, string>>>(object, annotations.images)),
    ...defined('origin', originIn(object)),
  };
});

const outcomes: ReadonlySet<unknown> = new Set<DeploymentOutcome['state']>(['COMPLETED', 'FAILED', 'STOPPED']);

/** Damaged, it counts as not written yet. */
function outcomeIn(object: ControllerRevision): DeploymentOutcome | undefined {
  const outcome = noteOf<DeploymentOutcome | null>(object, annotations.outcome);
  return outcomes.has(outcome?.state) ? (outcome ?? undefined) : undefined;
}

const causes: readonly DeploymentOrigin['cause'][] = [
  'SERVICE_CREATED',
  'NEW_REVISION',
  'SPEC_CHANGED',
  'FORCED',
  'ROLLBACK',
];

function originIn({ metadata }: ControllerRevision): DeploymentOrigin | undefined {
  const cause = causes.find((each) => each === metadata.annotations?.[annotations.cause]);
  return cause && { cause, ...defined('changeCause', metadata.annotations?.[annotations.changeCause]) };
}

/** What began a deployment, as annotations. */
export function originAnnotations({ cause, changeCause }: DeploymentOrigin): Readonly<Record<string, string>> {
  return { [annotations.cause]: cause, ...defined(annotations.changeCause, changeCause) };
}

/** What an annotation of ours says as JSON; undefined where somebody has damaged it. */
function noteOf<T>({ metadata }: ControllerRevision, key: string): T | undefined {
  const text = metadata.annotations?.[key];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

/** The launch of a standalone task. */
export const readLaunch = memo(({ metadata, data }: ControllerRevision): LaunchRecord => {
  const { podUid, taskDefinition } = data as Omit<LaunchRecord, 'name'>;
  return { name: metadata.name, podUid, taskDefinition };
});

export function launchBody({ name, podUid, taskDefinition }: LaunchRecord, taskName: string): RevisionBody {
  return {
    metadata: { name, labels: { [labels.managedBy]: managedBy, [labels.task]: taskName } },
    revision: 1,
    data: { podUid, taskDefinition },
  };
}

export function deploymentBody(deployment: NewDeployment, serviceName: string): RevisionBody {
  return {
    metadata: {
      name: deployment.name,
      labels: {
        [labels.managedBy]: managedBy,
        [labels.service]: serviceName,
        [labels.deployment]: deployment.digits,
      },
      annotations: {
        ...(deployment.origin && originAnnotations(deployment.origin)),
        ...(deployment.images && { [annotations.images]: JSON.stringify(deployment.images) }),
      },
    },
    revision: deployment.sequence,
    data: deployment.snapshot,
  };
}
