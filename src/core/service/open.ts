import type { DeploymentStatus } from '../../api/service-status.ts';
import { findDeployment, type DeploymentRecord } from './deployment.ts';
import { rangesIn, textOf, withNumbers } from './ranges.ts';
import type { ServiceWorld } from './world.ts';

/** A text of ranges may be so long; what does not fit is left out. */
const longest = 1024;

/** No deployment has as many tasks. */
const mostTasks = 10_000;

/**
 * The launches of a deployment that are to be recorded some day: those whose pods are there, and those whose pods were
 * there at the last look and of which nothing is known now, for they went while no operator watched.
 */
export function openOf(world: ServiceWorld, record: DeploymentRecord): Pick<DeploymentStatus, 'open'> {
  const { digits } = record;
  const launchesIn = (all: ServiceWorld['gone']): number[] =>
    all.filter(({ deployment }) => deployment === digits).map(({ launch }) => launch);
  const past = new Set(launchesIn(world.gone));
  const lost = openLaunches(findDeployment(world.service.status, record));
  const open = rangesOf([...launchesIn(world.tasks), ...lost].filter((launch) => !past.has(launch)));
  return open === '' ? {} : { open };
}

/** The launches that a status has as open. */
export function openLaunches(shown: DeploymentStatus | undefined): number[] {
  return numbersIn(shown?.open ?? '', mostTasks);
}

/** Whole numbers as text: `1-3,7`. The lowest, as far as they fit. */
export function rangesOf(numbers: readonly number[]): string {
  const texts = withNumbers([], numbers).map(textOf);
  return texts.reduce((text, next) => (text.length + 1 + next.length <= longest ? joined(text, next) : text), '');
}

function joined(text: string, next: string): string {
  return text === '' ? next : `${text},${next}`;
}

/** The numbers that such a text stands for; none where somebody has damaged it. @param most that there may be. */
export function numbersIn(ranges: string, most: number): number[] {
  const found: number[] = [];
  for (const { first, last } of rangesIn(ranges)) {
    for (let number = first; number <= last && found.length < most; number++) found.push(number);
  }
  return found;
}
