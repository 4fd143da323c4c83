import type { TaskContainerStatus, TaskRecord } from '../../../api/task.ts';
import { podNameOf, taskIdOf } from '../../task/identity.ts';
import { vanishedEndingOf } from '../../task/ending.ts';
import { findDeployment, type DeploymentRecord } from '../deployment.ts';
import { openLaunches } from '../open.ts';
import { recordOf, type NewRecord } from './record.ts';
import type { StoppedWorld } from './world.ts';

/**
 * Records of the tasks that the status knows to have been there, and of which no pod, no record and no memory is left:
 * they ended while no operator watched.
 */
export function lostRecords(world: StoppedWorld): NewRecord[] {
  return world.deployments.flatMap((deployment) => lostOf(world, deployment));
}

function lostOf(world: StoppedWorld, deployment: DeploymentRecord): NewRecord[] {
  const open = openLaunches(findDeployment(world.service.status, deployment));
  if (open.length === 0) return [];
  const known = new Set(
    world.known.filter((each) => each.deployment === deployment.digits).map(({ launch }) => launch),
  );
  const lost = open.filter((launch) => !known.has(launch));
  return lost.map((launch) => lostRecord(world, deployment, launch));
}

function lostRecord(world: StoppedWorld, { digits, snapshot }: DeploymentRecord, launch: number): NewRecord {
  const { service, now } = world;
  const { name, uid } = service.metadata;
  const taskId = taskIdOf({ serviceUid: uid, deployment: digits, number: launch });
  const containers = snapshot.content.containerDefinitions.map(({ name: container, image }): TaskContainerStatus => ({
    name: container,
    image,
    lastStatus: 'STOPPED',
    healthStatus: 'UNKNOWN',
  }));
  const facts: TaskRecord = {
    taskId,
    launch,
    containers,
    healthStatus: 'UNKNOWN',
    stoppingAt: now.iso,
    stoppedAt: now.iso,
    ...vanishedEndingOf({}, undefined),
    podName: podNameOf(name, taskId),
  };
  const { taskDefinition, launchType } = snapshot;
  return recordOf({ facts, taskDefinition, launchType, deployment: digits }, world);
}
