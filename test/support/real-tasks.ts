import assert from 'node:assert/strict';
import type { Pod } from '../../src/api/meta.ts';
import { labels } from '../../src/api/labels.ts';
import type { Service } from '../../src/api/service.ts';
import { busyboxImage } from '../../deploy/local/kubelet/images.ts';
import { applyAll, eventually, kubectl, kubectlJson, makeNamespace } from './cluster.ts';
import { manifestsIn } from './manifests.ts';

type Terminated = NonNullable<
  NonNullable<NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]['state']>['terminated']
>;

/** Runs until it is told to stop, and then ends with 0, as a well-behaved program does. */
export const obedient = 'trap "exit 0" TERM; while :; do sleep 1; done';
/** Runs, whatever it is told. */
export const deaf = 'trap "" TERM; while :; do sleep 1; done';

/** A container that runs a shell script, with 64 MiB. */
export function container(name: string, script: string, more: object = {}): object {
  return { name, image: busyboxImage, memory: 64, command: ['sh', '-c', script], ...more };
}

/** Services of one task in a namespace whose containers really run. */
export class RealTasks {
  readonly namespace: string;

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  /** Makes the namespace and its cluster. */
  async open(): Promise<void> {
    await makeNamespace(this.namespace);
    await applyAll(manifestsIn(this.namespace).cluster());
  }

  /** Applies a task definition and a service of that name. */
  async run(name: string, ...containerDefinitions: readonly object[]): Promise<void> {
    const manifests = manifestsIn(this.namespace);
    const definition = { ...manifests.taskDefinition(name, ''), spec: { containerDefinitions } };
    await applyAll(definition, manifests.service(name, 1));
  }

  /** Wants no task of it any more. */
  async stop(name: string): Promise<void> {
    await kubectl(['patch', '-n', this.namespace, 'ecssvc', name, '--type=merge', '-p', '{"spec":{"desiredCount":0}}']);
  }

  /** Waits until the service is Ready. */
  async steady(name: string): Promise<Service> {
    await kubectl(['wait', '-n', this.namespace, `ecssvc/${name}`, '--for=condition=Ready', '--timeout=60s']);
    return this.service(name);
  }

  service(name: string): Promise<Service> {
    return kubectlJson('get', '-n', this.namespace, 'ecssvc', name);
  }

  /** The pods of a service's tasks, oldest first. */
  async pods(name: string): Promise<readonly Pod[]> {
    const selector = `${labels.service}=${name}`;
    const { items } = await kubectlJson<{ items: readonly Pod[] }>(
      'get',
      '-n',
      this.namespace,
      'pods',
      '-l',
      selector,
      '--sort-by=.metadata.creationTimestamp',
    );
    return items;
  }

  /** The oldest pod, once `check` takes it. */
  oldest(name: string, check: (pod: Pod) => void): Promise<Pod> {
    return eventually(async () => {
      const [pod] = await this.pods(name);
      assert.ok(pod, `${name} has no task`);
      check(pod);
      return pod;
    });
  }

  /** Runs a shell line in the container `app` of a pod. */
  exec(pod: Pod, line: string): Promise<string> {
    return kubectl(['exec', '-n', this.namespace, pod.metadata.name, '-c', 'app', '--', 'sh', '-c', line]);
  }
}

/** How each container ended that has; the others are absent. */
export function endings({ status }: Pod): Record<string, Terminated> {
  const entries = (status?.containerStatuses ?? []).flatMap(({ name, state }) =>
    state?.terminated ? [[name, state.terminated] as const] : [],
  );
  return Object.fromEntries(entries);
}

/** Exit code by container. */
export function exitCodes(pod: Pod): Record<string, number> {
  return Object.fromEntries(Object.entries(endings(pod)).map(([name, { exitCode }]) => [name, exitCode]));
}

/** Whether the container is ready: what ECS calls HEALTHY. */
export function isReady({ status }: Pod, name = 'app'): boolean {
  return status?.containerStatuses?.some((each) => each.name === name && each.ready) ?? false;
}

export function messages({ status }: Service): string {
  return (status?.events ?? []).map(({ message }) => message).join('\n');
}
