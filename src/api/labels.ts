import { dnsName } from '../base/dns-name.ts';
import { group } from './meta.ts';

/** How the keys of our own labels and annotations begin. */
export const ownPrefix = `${group}/`;

/** Labels of the objects we make. Values obey label syntax; where ECS allows more, the annotation is the truth. */
export const labels = {
  managedBy: 'app.kubernetes.io/managed-by',
  cluster: `${group}/cluster`,
  service: `${group}/service`,
  /** Name of the ECSTask of a standalone task. */
  task: `${group}/task`,
  taskId: `${group}/task-id`,
  /** What ECS groups tasks by, such as `service:web`, as far as label syntax allows. */
  group: `${group}/group`,
  /** The digits of a deployment id: `ecs-svc/` cannot stand in a label value. */
  deployment: `${group}/deployment`,
  family: `${group}/family`,
  revision: `${group}/revision`,
  /** EC2 or FARGATE: what a Fargate profile's selector matches. */
  launchType: `${group}/launch-type`,
  capacityProvider: `${group}/capacity-provider`,
  /** Of a task that is routed: `true` while traffic may reach it, else `false`. */
  inService: `${group}/in-service`,
} as const;

/** The name of a capacity provider as a label has it. */
export function capacityProviderValue(name: string): string {
  return /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(name) ? name : dnsName(name);
}

/** Which managed node group of EKS a node belongs to. */
export const nodeGroupLabel = 'eks.amazonaws.com/nodegroup';

/** Of a node: `fargate` where it is one pod's own. */
export const computeTypeLabel = 'eks.amazonaws.com/compute-type';

/** Of a pod: the Fargate profile that takes it, of several that it matches. */
export const fargateProfileLabel = 'eks.amazonaws.com/fargate-profile';

export const annotations = {
  /** Launch number of a task within its deployment. */
  launch: `${group}/launch`,
  /** The task's containers as JSON (`TaskContainer[]`): what tells ours from injected ones. */
  containers: `${group}/containers`,
  /** JSON by ECS names of containers: their `dockerLabels`, and their `logConfiguration` without the values of secrets. */
  dockerLabels: `${group}/docker-labels`,
  logConfiguration: `${group}/log-configuration`,
  /** JSON: the tags of the task definition, by key. */
  tags: `${group}/tags`,
  stopCode: `${group}/stop-code`,
  stoppedReason: `${group}/stopped-reason`,
  capacityProvider: `${group}/capacity-provider`,
  /** The capacity provider without room that the task's own stands in for. */
  standsFor: `${group}/stands-in-for`,
  /** `family:revision`, whatever label syntax allows. */
  taskDefinition: `${group}/task-definition`,
  /** Of a deployment's ControllerRevision, JSON (`DeploymentOutcome`): how it ended. */
  outcome: `${group}/outcome`,
  /** Of a deployment's ControllerRevision: what began it (`DeploymentOrigin`). */
  cause: `${group}/cause`,
  /** Of a service, and copied to what it deploys: why it was changed, in words of whoever did. */
  changeCause: 'kubernetes.io/change-cause',
  /** Of a deployment's ControllerRevision, JSON: the digests of its images, by ECS names of containers. */
  images: `${group}/images`,
  /** Of a service: `ecs-svc/<digits> ROLLBACK` or `ABORT` ends that deployment. */
  stopDeployment: `${group}/stop-deployment`,
  /** Of a task's pod: RFC 3339, until when scale-in and deployments leave it alone. */
  protectedUntil: `${group}/protected-until`,
  /** Of a task's pod: `true`, or for how many minutes from now it is to be protected. */
  protect: `${group}/protect`,
  /** Of a task that is being drained: RFC 3339, until when. */
  drainsUntil: `${group}/drains-until`,
  /** JSON (`TargetGroup[]`): the target groups that the task is registered in. */
  targetGroups: `${group}/target-groups`,
  /** Of a task's pod: that its protection is told to the autoscalers, to be taken back when it ends. */
  shielded: `${group}/protection-mirrored`,
  /** In short, what binds the task to nodes: `bindingOf`. */
  binding: `${group}/binding`,
  /** JSON (`PodPlacement`): how we are to place the task. */
  placement: `${group}/placement`,
} as const;

/** Until it is taken away, the kube-scheduler leaves the pod alone: we choose its node first. */
export const placementGate = `${group}/placement`;

export const managedBy = 'ecs-operator';
