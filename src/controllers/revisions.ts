import { annotations, labels, managedBy } from '../api/labels.ts';
import type { ControllerRevision } from '../api/meta.ts';
import type { TaskDefinitionSpec } from '../api/task-definition.ts';
import { dnsName } from '../base/dns-name.ts';
import { deploymentHash, type DeploymentRecord, type NewDeployment } from '../core/service/deployment.ts';
import type { Snapshot } from '../core/task/snapshot.ts';
import { contentHashOf, type NewRevision } from '../core/task-definition/plan.ts';
import type { RevisionRecord } from '../core/task-definition/resolve.ts';

/**
 * ControllerRevisions hold two kinds of things: the revisions of a family, and the deployments of a service. Both are
 * content that never changes; what is read here is what was written here, so the casts are ours to answer for.
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

export function readRevision(object: ControllerRevision): RevisionRecord {
  return revisionOf(object, () => {
    const content = object.data as TaskDefinitionSpec;
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
}

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

export function readDeployment(object: ControllerRevision): DeploymentRecord {
  return deploymentOf(object, () => {
    const snapshot = object.data as Snapshot;
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
    };
  });
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
    },
    revision: deployment.sequence,
    data: deployment.snapshot,
  };
}

/** Stores hand out the same object until it changes, so what was read from it is kept as long as it is. */
function memo<Key extends object, Value>(): (key: Key, compute: () => Value) => Value {
  const values = new WeakMap<Key, Value>();
  return (key, compute) => {
    const known = values.get(key);
    if (known !== undefined) return known;
    const value = compute();
    values.set(key, value);
    return value;
  };
}

const revisionOf = memo<ControllerRevision, RevisionRecord>();
const deploymentOf = memo<ControllerRevision, DeploymentRecord>();
