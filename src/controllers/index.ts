import type { Controller } from '../kube/controller.ts';
import { clusterController } from './cluster.ts';
import { serviceController } from './service.ts';
import { taskDefinitionController } from './task-definition.ts';
import { taskController } from './task.ts';

/** Every controller there is. */
export const controllers: readonly Controller[] = [
  taskDefinitionController,
  serviceController,
  taskController,
  clusterController,
];
