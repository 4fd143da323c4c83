import { annotations } from '../../api/labels.ts';
import type { PodView } from '../../api/meta.ts';

/** What a pod says of the protection of its task (Developer Guide, "Protect your Amazon ECS tasks"). */
export interface Protection {
  /** Until when, as it is written. */
  readonly until?: string;
  /** What is asked for and not granted yet, as it is written: `true`, or minutes. */
  readonly asked?: string;
  /** Whether the autoscalers have been told. */
  readonly isShielded: boolean;
}

/** UpdateTaskProtection, `expiresInMinutes`. */
const minutes = { least: 1, most: 2880, default: 120 };

/** RFC 3339, in seconds or finer. */
const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** What the annotations of a pod say; nothing where there are none. */
export function protectionOf({ metadata }: PodView): {
  readonly protection?: Protection;
  readonly protectedUntilMs?: number;
} {
  const { [annotations.protectedUntil]: until, [annotations.protect]: asked } = metadata.annotations ?? {};
  const isShielded = metadata.annotations?.[annotations.shielded] !== undefined;
  if (until === undefined && asked === undefined && !isShielded) return {};
  const untilMs = until === undefined ? undefined : timeIn(until);
  return {
    protection: { ...(until !== undefined && { until }), ...(asked !== undefined && { asked }), isShielded },
    ...(untilMs !== undefined && { protectedUntilMs: untilMs }),
  };
}

/** Epoch ms; undefined where it is no time. */
export function timeIn(text: string): number | undefined {
  const epochMs = time.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

/** For how many milliseconds a task is to be protected; undefined where nobody can say. */
export function durationIn(asked: string): number | undefined {
  if (asked === 'true') return minutes.default * 60_000;
  const count = /^\d{1,4}$/.test(asked) ? Number(asked) : 0;
  return count >= minutes.least && count <= minutes.most ? count * 60_000 : undefined;
}

/** What is wrong with what a pod says, and what would be right; undefined when nothing is. */
export function protectionProblem({ until, asked }: Partial<Protection> = {}): string | undefined {
  if (asked !== undefined && durationIn(asked) === undefined) {
    return `annotation ${annotations.protect} is ${JSON.stringify(asked)}: it takes true, or minutes from ${String(minutes.least)} to ${String(minutes.most)}`;
  }
  if (until !== undefined && timeIn(until) === undefined) {
    return `annotation ${annotations.protectedUntil} is ${JSON.stringify(until)}: it takes a time such as 2026-01-31T18:00:00Z`;
  }
  return undefined;
}
