import assert from 'node:assert/strict';
import type { Task } from '../../../src/api/task.ts';
import type { Instant } from '../../../src/base/clock.ts';
import type { StoppedStep } from '../../../src/core/service/stopped/plan.ts';
import { hasEnded } from '../pod-life.ts';
import { hasStoppedBefore, stored } from '../stopped.ts';
import type { ClusterPods } from './pods.ts';

/** How long records are kept, in seconds. */
export const keptSeconds = 3600;

/** The records of stopped tasks: none of one that lives or has never been, and no pod goes without one. */
export class ClusterRecords {
  readonly #records = new Map<string, Task>();
  readonly #pods: ClusterPods;

  constructor(pods: ClusterPods) {
    this.#pods = pods;
  }

  get all(): readonly Task[] {
    return [...this.#records.values()];
  }

  has(name: string): boolean {
    return this.#records.has(name);
  }

  perform(step: StoppedStep, now: Instant): void {
    switch (step.kind) {
      case 'recordTask':
        this.#record(step, now);
        break;
      case 'removePod': {
        const { name, uid } = step.pod.metadata;
        const isOver = hasStoppedBefore(step.pod, now.epochMs - keptSeconds * 1000);
        assert(this.has(name) || isOver, `the pod of ${name} is removed without a record`);
        this.#pods.delete({ podName: name, podUid: uid }, now.iso);
        this.#pods.tell(name, now.iso);
        break;
      }
      case 'forgetRecord':
        this.#records.delete(step.task.metadata.name);
    }
  }

  #record({ record }: Extract<StoppedStep, { kind: 'recordTask' }>, now: Instant): void {
    const { name } = record.metadata;
    const pod = this.#pods.get(name);
    assert(!pod || hasEnded(pod), `task ${name} is recorded while it lives`);
    assert(this.#pods.hasBeen(name), `task ${name} is recorded, which has never been`);
    const isUnknown = record.spec.kubernetes.record.podUid === undefined;
    assert(!isUnknown || this.#pods.isUnseen(name), `task ${name} is recorded as lost, but was seen to go`);
    if (!this.has(name)) this.#records.set(name, stored(record, { creationTimestamp: now.iso }));
  }
}
