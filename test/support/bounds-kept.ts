import assert from 'node:assert/strict';
import type { Pod } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import type { ClusterNodes } from './cluster-nodes.ts';
import { hasEnded, isInService, isMeantToRun } from './pod-life.ts';

/** How many tasks there are; what is on a lost node is none. */
export interface Count {
  readonly live: number;
  readonly healthy: number;
  /** Those that are being stopped, and whose containers may still run. */
  readonly stopping: number;
}

interface Limits {
  readonly lower: number;
  readonly upper: number;
}

export function countOf(pods: readonly Pod[], nodes: ClusterNodes, nowMs: number): Count {
  const present = pods.filter((pod) => !nodes.isLost(pod, nowMs));
  return {
    live: present.filter(isMeantToRun).length,
    healthy: present.filter((pod) => isInService(pod, nowMs)).length,
    stopping: present.filter((pod) => !isMeantToRun(pod) && !hasEnded(pod)).length,
  };
}

/** How few healthy and how many live tasks there may be. */
export function limitsOf({ desiredCount, deploymentConfiguration }: Service['spec']): Limits {
  const { minimumHealthyPercent = 100, maximumPercent = 200 } = deploymentConfiguration;
  return {
    lower: Math.ceil((desiredCount * minimumHealthyPercent) / 100),
    upper: Math.floor((desiredCount * maximumPercent) / 100),
  };
}

/** Fails when an act has left the bounds of the service, or gone further beyond them; those of a DAEMON are about nodes. */
export function assertBoundsKept({ spec }: Service, act: string, [before, after]: readonly [Count, Count]): void {
  if (spec.schedulingStrategy === 'DAEMON') return;
  const { lower, upper } = limitsOf(spec);
  const taken = after.live + (spec.kubernetes?.maximumCountsStopping === true ? after.stopping : 0);
  if (after.live > before.live) assert(taken <= upper, `${act} makes ${String(taken)} tasks live`);
  if (after.healthy < before.healthy) assert(after.healthy >= lower, `${act} leaves ${String(after.healthy)} healthy`);
}
