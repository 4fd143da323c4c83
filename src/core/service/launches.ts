import { findDeployment, type DeploymentRecord } from './deployment.ts';
import type { ServiceWorld } from './world.ts';

/**
 * The launch numbers of a deployment's tasks. Task ids follow from them, so none may be used for two tasks, and each
 * that may be on its way has to be used again: a create that arrives late then meets the name of the task that has
 * taken its place, and starts none beside it.
 */
export interface Launches {
  /** The highest used. */
  readonly launched: number;
  /** Those below that nobody has seen: their creates were refused, or are still on their way. */
  readonly unsettled: readonly number[];
}

/** At most so many deployments are shown in the status; one is PRIMARY, the rest are being drained. */
export const shownDeployments = 10;

/** Beyond so many the highest are given up: no batch of creates is as wide. */
const mostUnsettled = 100;

/**
 * What the status remembers, and what pods and records tell beyond that: whoever comes after a crash sees which of its
 * predecessor's creates have arrived, and takes the others for unsettled.
 */
export function launchesOf(world: ServiceWorld, record: DeploymentRecord): Launches {
  const seen = [...world.tasks, ...world.gone]
    .filter(({ deployment }) => deployment === record.digits)
    .map(({ launch }) => launch);
  const remembered = rememberedOf(world, record);
  // Where the status is lost, nothing tells which numbers below the highest were used.
  return withLaunches(remembered ?? { launched: Math.max(0, ...seen), unsettled: [] }, seen);
}

/** Undefined when the status is lost. */
function rememberedOf({ service: { status } }: ServiceWorld, record: DeploymentRecord): Launches | undefined {
  const shown = findDeployment(status, record);
  if (shown) return { launched: shown.launched, unsettled: shown.unsettled ?? [] };
  const isNew = status !== undefined && (status.deployments ?? []).length < shownDeployments;
  return isNew ? { launched: 0, unsettled: [] } : undefined;
}

/** With these numbers known to be used. */
export function withLaunches({ launched, unsettled }: Launches, used: readonly number[]): Launches {
  const highest = Math.max(launched, ...used);
  const known = new Set(used);
  const open = unsettled.filter((launch) => !known.has(launch)).slice(0, mostUnsettled);
  // Only as far as they are kept: a record that somebody has made may hold a number as high as there is.
  for (let launch = launched + 1; launch <= highest && open.length < mostUnsettled; launch++) {
    if (!known.has(launch)) open.push(launch);
  }
  return { launched: highest, unsettled: open };
}

/** The numbers for the next `count` tasks: the unsettled ones first. */
export function nextLaunches({ launched, unsettled }: Launches, count: number): number[] {
  const again = unsettled.slice(0, count);
  return [...again, ...Array.from({ length: count - again.length }, (_, index) => launched + 1 + index)];
}
