import type { ContainerDefinition } from '../../../api/container-definition.ts';
import { defined } from '../../../base/defined.ts';
import { deviceResources } from './container-settings.ts';
import type { PodContainer } from './body.ts';
import type { Snapshot } from '../snapshot.ts';

/**
 * CPU is a request only (ECS CPU units are shares, not a ceiling) and memory is a limit (ECS `memory` is hard). On
 * Fargate both are requests and limits alike, since Fargate sizes and bills by them.
 */
export function renderResources(
  definition: ContainerDefinition,
  launchType: Snapshot['launchType'],
): NonNullable<PodContainer['resources']> {
  const { cpu, memory, memoryReservation } = definition;
  const requests = {
    ...defined('cpu', cpu > 0 ? `${String(Math.round((cpu * 1000) / 1024))}m` : undefined),
    ...defined(
      'memory',
      mebibytes(launchType === 'FARGATE' ? (memory ?? memoryReservation) : (memoryReservation ?? memory)),
    ),
    ...deviceResources(definition),
  };
  const limits =
    launchType === 'FARGATE' ? requests : { ...defined('memory', mebibytes(memory)), ...deviceResources(definition) };
  return { requests, limits };
}

function mebibytes(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${String(value)}Mi`;
}
