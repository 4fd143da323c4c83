import { contentHash } from '../../base/hash.ts';

/** What a task id is made from: the same launch always has the same id, whoever makes it and however often. */
export interface Launch {
  readonly serviceUid: string;
  /** Digits of the deployment id. */
  readonly deployment: string;
  /** 1 for the deployment's first task, then one more for each. */
  readonly number: number;
}

/** The task id: 32 lower-case hex digits, as ECS's are. */
export function taskIdOf(launch: Launch): string {
  return contentHash([launch.serviceUid, launch.deployment, launch.number]).slice(0, 32);
}

/** The name of a task's pod: a second create of the same task meets the first one's name. */
export function podNameOf(serviceName: string, taskId: string): string {
  return `${serviceName}-${taskId.slice(0, 12)}`;
}

/** The id of a standalone task: one object, one task. */
export function standaloneTaskIdOf(taskUid: string): string {
  return contentHash([taskUid]).slice(0, 32);
}
