import type { Pod } from '../../src/api/meta.ts';

/**
 * The order in which a kubelet starts the containers of a pod with restartPolicy Never, written down apart from the
 * code that relies on it (Kubernetes, "Init Containers", "Sidecar Containers", "Startup probe").
 */

type Container = NonNullable<Pod['spec']>['containers'][number];

/** How the containers behave, by their names in the pod. */
export interface Behaviour {
  /** Exit codes of those that fail; an init container that is not among them ends with 0. */
  readonly exitCodes: ReadonlyMap<string, number>;
  /** Those whose probes never pass. */
  readonly sick: ReadonlySet<string>;
}

/** Something that happened to a container, or the end of the pod. */
export interface Occurrence {
  readonly kind: 'started' | 'healthy' | 'exited';
  readonly container: string;
  readonly code?: number;
}

/** What happened, in steps; within a step no order is kept. Ends where the kubelet goes no further. */
export function startsOf(spec: NonNullable<Pod['spec']>, behaviour: Behaviour): readonly (readonly Occurrence[])[] {
  const steps: Occurrence[][] = [];
  for (const container of spec.initContainers ?? []) {
    const occurrences = inTurn(container, behaviour);
    steps.push(...occurrences.map((occurrence) => [occurrence]));
    if (!isPassed(container, occurrences)) return steps;
  }
  steps.push(spec.containers.map(({ name }) => ({ kind: 'started', container: name })));
  return steps;
}

function inTurn({ name, restartPolicy, startupProbe }: Container, { exitCodes, sick }: Behaviour): Occurrence[] {
  const started: Occurrence = { kind: 'started', container: name };
  if (restartPolicy !== 'Always') return [started, { kind: 'exited', container: name, code: exitCodes.get(name) ?? 0 }];
  return startupProbe && !sick.has(name) ? [started, { kind: 'healthy', container: name }] : [started];
}

/** A sidecar has to have started and to pass its startup probe, an init container to end with 0. */
function isPassed({ restartPolicy, startupProbe }: Container, occurrences: readonly Occurrence[]): boolean {
  if (restartPolicy !== 'Always') return occurrences.at(-1)?.code === 0;
  return startupProbe === undefined || occurrences.at(-1)?.kind === 'healthy';
}
