import assert from 'node:assert/strict';
import type { Pod } from '../../src/api/meta.ts';
import { labels } from '../../src/api/labels.ts';
import type { Service } from '../../src/api/service.ts';
import type { Task, TaskStatus } from '../../src/api/task.ts';
import { busyboxImage } from '../../deploy/local/kubelet/images.ts';
import { applyAll, eventually, kubectl, kubectlJson } from './cluster.ts';
import { manifestsIn } from './manifests.ts';
import { runsOperatorWith, type SuiteOperator } from './suite-operator.ts';

/** Runs until it is told to stop, and then ends with 0, as a well-behaved program does. */
export const obedient = 'trap "exit 0" TERM; while :; do sleep 1; done';
/** Runs, whatever it is told. */
export const deaf = 'trap "" TERM; while :; do sleep 1; done';

/** A container that runs a shell script, with 64 MiB. */
export function container(name: string, script: string, more: object = {}): object {
  return { name, image: busyboxImage, memory: 64, command: ['sh', '-c', script], ...more };
}

/** Of a container that waits for another. */
export function waitsFor(...dependencies: readonly (readonly [containerName: string, condition: string])[]): object {
  return { dependsOn: dependencies.map(([containerName, condition]) => ({ containerName, condition })) };
}

/** Keeps a pod that is deleted, with what became of its containers. */
const finalizer = 'example.com/kept-for-the-test';

/** Services of one task, and standalone tasks, in a namespace whose containers really run. */
export class RealTasks {
  readonly namespace: string;

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  /** Of a suite: makes the namespace, its cluster and an operator before it, and ends them after it. @param args further ones of the operator. */
  runsOperator(...args: readonly string[]): SuiteOperator {
    return runsOperatorWith(args, this.namespace, manifestsIn(this.namespace).cluster());
  }

  /** A task definition of that name. */
  definition(name: string, spec: object): object {
    return { ...manifestsIn(this.namespace).taskDefinition(name, ''), spec };
  }

  /** Applies a task definition and a service of that name. */
  async run(name: string, ...containerDefinitions: readonly object[]): Promise<void> {
    await this.deploy(name, {}, ...containerDefinitions);
  }

  /** The same with more in the spec of the service. */
  async deploy(name: string, spec: object, ...containerDefinitions: readonly object[]): Promise<void> {
    const service = manifestsIn(this.namespace).service(name, 1, spec);
    await applyAll(this.definition(name, { containerDefinitions }), service);
  }

  /** Applies a task definition and a standalone task of that name. */
  runOnce(name: string, ...containerDefinitions: readonly object[]): Promise<void> {
    return this.runSpec(name, { containerDefinitions });
  }

  /** Applies a task definition with that spec and a standalone task, both of that name. */
  async runSpec(name: string, spec: object): Promise<void> {
    await applyAll(this.definition(name, spec), manifestsIn(this.namespace).task(name, name));
  }

  /** Wants no task of the service any more. */
  async stop(name: string): Promise<void> {
    await this.#patch('ecssvc', name, { spec: { desiredCount: 0 } });
  }

  /** Stops a standalone task. */
  async stopTask(name: string, reason: string): Promise<void> {
    await this.#patch('ecst', name, { spec: { stop: { reason } } });
  }

  #patch(kind: string, name: string, patch: object): Promise<string> {
    return kubectl(['patch', '-n', this.namespace, kind, name, '--type=merge', '-p', JSON.stringify(patch)]);
  }

  /** Waits until the service is Ready. */
  async steady(name: string): Promise<Service> {
    await kubectl(['wait', '-n', this.namespace, `ecssvc/${name}`, '--for=condition=Ready', '--timeout=60s']);
    return this.service(name);
  }

  service(name: string): Promise<Service> {
    return kubectlJson('get', '-n', this.namespace, 'ecssvc', name);
  }

  task(name: string): Promise<Task> {
    return kubectlJson('get', '-n', this.namespace, 'ecst', name);
  }

  /** Waits until the standalone task has stopped. */
  async stopped(name: string): Promise<Task> {
    const isStopped = '--for=jsonpath={.status.lastStatus}=STOPPED';
    await kubectl(['wait', '-n', this.namespace, `ecst/${name}`, isStopped, '--timeout=60s']);
    return this.task(name);
  }

  /** The pods of the tasks of that definition, oldest first. */
  async pods(name: string): Promise<readonly Pod[]> {
    const selector = `${labels.family}=${name}`;
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

  /** What the record of its task that stopped last shows, once there is one. */
  record(name: string): Promise<TaskStatus> {
    return eventually(async () => {
      const selector = `${labels.service}=${name}`;
      const { items } = await kubectlJson<{ items: readonly Task[] }>(
        'get',
        '-n',
        this.namespace,
        'ecst',
        '-l',
        selector,
      );
      const last = items.toSorted((a, b) => ((a.status?.stoppedAt ?? '') > (b.status?.stoppedAt ?? '') ? -1 : 1))[0];
      assert.equal(last?.status?.lastStatus, 'STOPPED');
      return last.status;
    });
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

  /** Runs a shell line in a container of a pod. */
  exec({ metadata }: Pod, line: string, name = 'app'): Promise<string> {
    return kubectl(['exec', '-n', this.namespace, metadata.name, '-c', name, '--', 'sh', '-c', line]);
  }

  /** When the container printed its first line: the times of a status are whole seconds. */
  async firstLineMs({ metadata }: Pod, name: string): Promise<number> {
    const lines = await kubectl(['logs', '-n', this.namespace, metadata.name, '-c', name, '--timestamps']);
    return Date.parse(lines.split(' ')[0] ?? '');
  }

  /** Lets a pod that is deleted stay, until it is let go. */
  async keep({ metadata }: Pod): Promise<void> {
    await this.#patch('pod', metadata.name, { metadata: { finalizers: [finalizer] } });
  }

  async letGo({ metadata }: Pod): Promise<void> {
    await this.#patch('pod', metadata.name, { metadata: { finalizers: [] } });
  }
}

export function messages({ status }: Service): string {
  return (status?.events ?? []).map(({ message }) => message).join('\n');
}

/** Exit code by container, as the status of a task has it. */
export function codesOf(status: TaskStatus | undefined): Record<string, number | undefined> {
  return Object.fromEntries((status?.containers ?? []).map(({ name, exitCode }) => [name, exitCode]));
}
