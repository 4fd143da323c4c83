import type { Pod } from '../../../src/api/meta.ts';
import { renderPod } from '../../../src/core/task/pod/pod.ts';
import type { NewTask } from '../../../src/core/task/pod/new-task.ts';
import type { DepartedPod } from '../../../src/core/service/stopped/world.ts';
import { deepFreeze } from '../builders.ts';
import { deleted } from '../pod-life.ts';

/** The pods of a model as the API server has them, and as the operator sees them: its watch may lag behind. */
export class ClusterPods {
  readonly #all = new Map<string, Pod>();
  /** What the operator holds; what it writes itself it is told at once. */
  readonly #seen = new Map<string, Pod>();
  /** The last state of those that are gone and not missed yet. */
  readonly #gone = new Map<string, Pod>();
  #isLagging = false;
  /** What the operator remembers of those that it saw go, until it dies. */
  #departed: DepartedPod[] = [];
  readonly #reasons = new Map<string, string>();
  readonly #begun = new Set<string>();
  readonly #unseen = new Set<string>();

  get all(): readonly Pod[] {
    return [...this.#all.values()];
  }

  get seen(): readonly Pod[] {
    return [...this.#seen.values()];
  }

  get departed(): readonly DepartedPod[] {
    return this.#departed;
  }

  get(name: string): Pod | undefined {
    return this.#all.get(name);
  }

  /** Whether there has ever been one of that name. */
  hasBeen(name: string): boolean {
    return this.#begun.has(name);
  }

  /** Whether it went while no operator saw it and remembered. */
  isUnseen(name: string): boolean {
    return this.#unseen.has(name);
  }

  /** Why the operator stops the pod of that uid. */
  note(uid: string, reason: string): void {
    this.#reasons.set(uid, reason);
  }

  reasonOf({ metadata }: Pod): string | undefined {
    return this.#reasons.get(metadata.uid);
  }

  create(task: NewTask, { uid, now }: { readonly uid: string; readonly now: string }): void {
    const body = structuredClone(renderPod(task));
    const metadata = { ...body.metadata, uid, resourceVersion: '1', creationTimestamp: now };
    this.#begun.add(task.podName);
    this.#all.set(task.podName, deepFreeze({ ...body, metadata, status: { phase: 'Pending' } }));
    this.#changed(task.podName, now);
  }

  delete({ podName, podUid }: { readonly podName: string; readonly podUid: string }, now: string): void {
    const pod = this.#all.get(podName);
    if (pod?.metadata.uid === podUid) this.replace(pod, deleted(pod, now), now);
  }

  /** Returns whether anything changed. */
  replace(pod: Pod, next: Pod | undefined, now: string): boolean {
    if (next === pod) return false;
    const { name } = pod.metadata;
    const resourceVersion = String(Number(pod.metadata.resourceVersion) + 1);
    if (next) this.#all.set(name, deepFreeze({ ...next, metadata: { ...next.metadata, resourceVersion } }));
    else {
      this.#all.delete(name);
      this.#gone.set(name, pod);
    }
    this.#changed(name, now);
    return true;
  }

  /** From now on the operator sees of the pods what it reads or writes itself. */
  lag(): void {
    this.#isLagging = true;
  }

  /** The operator sees all that has happened. */
  catchUp(now: string): void {
    this.#isLagging = false;
    for (const name of [...this.#all.keys(), ...this.#gone.keys()]) this.tell(name, now);
  }

  /** The operator is told how that pod is. */
  tell(name: string, now: string): void {
    const [pod, last] = [this.#all.get(name), this.#gone.get(name)];
    if (pod) this.#seen.set(name, pod);
    if (pod || !last) return;
    this.#seen.delete(name);
    this.#gone.delete(name);
    this.#departed = [...this.#departed, { pod: last, atMs: Date.parse(now), reason: this.reasonOf(last) }];
  }

  /** The operator dies, and what it remembers is lost; the next one lists what there is. */
  die(now: string): void {
    const isLagging = this.#isLagging;
    this.catchUp(now);
    this.#isLagging = isLagging;
    for (const { pod } of this.#departed) this.#unseen.add(pod.metadata.name);
    this.#departed = [];
    this.#reasons.clear();
  }

  #changed(name: string, now: string): void {
    if (!this.#isLagging) this.tell(name, now);
  }
}
