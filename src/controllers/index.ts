import type { Controller } from '../kube/controller.ts';
import { clusterController } from './cluster.ts';
import { placementController } from './placement.ts';
import { serviceController } from './service.ts';
import { stoppedTaskController } from './stopped-tasks.ts';
import { taskDefinitionController } from './task-definition.ts';
import { taskController } from './task.ts';

/** What can be set of the controllers from outside. */
export interface Settings {
  /** Seconds that the records of stopped service tasks are kept; 0 for none. */
  readonly stoppedTaskSeconds: number;
}

/** ECS keeps stopped tasks for an hour at least. */
export const defaultSettings: Settings = { stoppedTaskSeconds: 3600 };

/** Every controller there is. */
export function controllersWith({ stoppedTaskSeconds }: Settings): readonly Controller[] {
  return [
    taskDefinitionController,
    serviceController,
    stoppedTaskController({ keptSeconds: stoppedTaskSeconds }),
    taskController,
    clusterController,
    placementController(),
  ];
}
