import { capacityProviderKind } from './capacity-provider.ts';
import { clusterKind } from './cluster.ts';
import type { Kind } from './kind.ts';
import { serviceKind } from './service.ts';
import { taskDefinitionKind } from './task-definition.ts';
import { taskKind } from './task.ts';

/** Every kind there is, in the order of the documentation. */
export const kinds: readonly Kind[] = [clusterKind, capacityProviderKind, taskDefinitionKind, serviceKind, taskKind];
