import assert from 'node:assert/strict';
import type { DeploymentRecord, NewDeployment } from '../../../src/core/service/deployment.ts';
import { deepFreeze } from '../builders.ts';

/** The deployments of a model, as the API server takes them. */
export class ClusterDeployments {
  readonly #records = new Map<string, DeploymentRecord>();

  get all(): readonly DeploymentRecord[] {
    return [...this.#records.values()];
  }

  /** A name that is taken is the same deployment, made by an earlier attempt. */
  create(deployment: NewDeployment, now: string): boolean {
    if (this.#records.has(deployment.name)) return true;
    const isRejected = this.all.some(({ hash, outcome }) => hash === deployment.hash && outcome?.isRejected === true);
    assert(!isRejected, `${deployment.name} deploys what is rejected`);
    const made = { uid: `uid-of-${deployment.name}`, createdAt: now, resourceVersion: '1' };
    this.#records.set(deployment.name, deepFreeze(structuredClone({ ...deployment, ...made })));
    return true;
  }

  /** Only its number and its annotations ever change. Returns false when the API server refuses it as out of date. */
  revise({ name, resourceVersion }: DeploymentRecord, change: Partial<DeploymentRecord>): boolean {
    const record = this.#records.get(name);
    if (record?.resourceVersion !== resourceVersion) return false;
    this.#records.set(name, deepFreeze({ ...record, ...change, resourceVersion: `${resourceVersion}1` }));
    return true;
  }

  /** Nothing is started of one that nobody has written down, or that has failed and was not deployed again since. */
  assertOpen(digits: string): void {
    const record = this.all.find((each) => each.digits === digits);
    assert(record, `a task is started of ${digits}, which does not exist`);
    const { endedBy, sequence = record.sequence } = record.outcome ?? {};
    assert(endedBy === undefined || sequence !== record.sequence, `a task is started of ${digits}, which has failed`);
  }

  forget({ name }: DeploymentRecord): boolean {
    this.#records.delete(name);
    return true;
  }
}
