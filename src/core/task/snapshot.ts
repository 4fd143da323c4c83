import type { LaunchType } from '../../api/placement.ts';
import type { TaskDefinitionSpec } from '../../api/task-definition.ts';
import type { LaunchVolume } from './launch-volumes.ts';

/** Everything a task is started from: the content of a revision, and the service fields that matter to a task. */
export interface Snapshot {
  /** `family:revision`, as registered when the deployment began. */
  readonly taskDefinition: string;
  readonly launchType: LaunchType;
  readonly content: TaskDefinitionSpec;
  /** Those of the content that are configured at launch; absent when there are none. */
  readonly launchVolumes?: readonly LaunchVolume[];
  /** `kubernetes.forceNewDeployment`: what makes a deployment another one though nothing else is new. */
  readonly force?: string;
}
