import type { AlarmPort } from '../core/service/alarm-watch.ts';
import type { Controller } from '../kube/controller.ts';
import { capacityProviderController } from './capacity-provider.ts';
import { clusterController } from './cluster.ts';
import { disruptionBudgetController } from './disruption-budget.ts';
import { placementController } from './placement.ts';
import { routingController } from './routing.ts';
import { serviceController } from './service.ts';
import { stoppedTaskController } from './stopped-tasks.ts';
import { taskDefinitionController } from './task-definition.ts';
import { taskController } from './task.ts';

/** What can be set of the controllers from outside. */
export interface Settings {
  /** Seconds that the records of stopped service tasks are kept; 0 for none. */
  readonly stoppedTaskSeconds: number;
  /** Seconds that a node may not be Ready before its tasks are replaced. */
  readonly nodeLossSeconds: number;
  /** Who looks at the alarms of deployments; nobody when absent. */
  readonly alarms?: AlarmPort;
  /** The only namespaces that are looked at; absent: all. */
  readonly namespaces?: readonly string[];
}

/** ECS keeps stopped tasks for an hour at least. */
export const defaultSettings: Settings = { stoppedTaskSeconds: 3600, nodeLossSeconds: 60 };

/** Every controller there is. */
export function controllersWith(settings: Settings): readonly Controller[] {
  const { stoppedTaskSeconds, nodeLossSeconds, namespaces, alarms } = settings;
  return [
    taskDefinitionController,
    serviceController({ nodeLossSeconds, alarms }),
    disruptionBudgetController,
    routingController,
    stoppedTaskController({ keptSeconds: stoppedTaskSeconds }),
    taskController({ nodeLossSeconds }),
    clusterController,
    capacityProviderController({ seesAllTasks: namespaces === undefined }),
    placementController(),
  ];
}
