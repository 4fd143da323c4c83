import type { LaunchType } from '../../api/placement.ts';
import type { RoutingConfiguration } from '../../api/routing.ts';
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
  /** How its tasks are reached; absent when they are not routed. */
  readonly routing?: RoutingConfiguration;
  /** `kubernetes.forceNewDeployment`: what makes a deployment another one though nothing else is new. */
  readonly force?: string;
}
