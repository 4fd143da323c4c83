import type { StopCode, TaskRecord } from '../../api/task.ts';
import type { PodView } from '../../api/meta.ts';
import { defined } from '../../base/defined.ts';
import { clip } from '../../base/text.ts';
import { containersOf } from './container-statuses.ts';
import { endingOf, essentialEnding, writtenEnding, type Ending } from './ending.ts';
import { factsOf } from './facts.ts';
import { containerTimesOf, toldAtMs } from './times.ts';

/** What became of a task that is over, as its pod or its record tells: the same of both, as far as they know. */
export interface Fate {
  /** Absent when nobody saw. */
  readonly stopCode?: StopCode;
  readonly stoppedReason: string;
  /** Epoch ms since when it was RUNNING; absent when it never was. */
  readonly startedAtMs?: number;
  /** Epoch ms at which its first essential container ended, else at which it was over; absent when nobody saw. */
  readonly endedAtMs?: number;
  /** What ended it in a few words, such as `OutOfMemoryError in app`. */
  readonly what: string;
}

const longestWhat = 120;

/** The fate of a task whose pod has ended, is told to, or has lost an essential container. */
export function fateOf(pod: PodView): Fate {
  const { exitCode, ...times } = containerTimesOf(pod);
  const ending = endingBefore(pod, times.executionStoppedAt) ?? endingOf(pod, undefined);
  return fateBy({ ...times, ...defined('exitCode', exitCode), ...ending, containers: containersOf(pod) });
}

/** The fate of a task as it is recorded. */
export function recordedFate(record: TaskRecord): Fate {
  return fateBy(record);
}

type Told = Pick<
  TaskRecord,
  'stopCode' | 'stoppedReason' | 'startedAt' | 'executionStoppedAt' | 'exitCode' | 'containers'
> & { readonly stoppedAt?: string | undefined };

function fateBy(told: Told): Fate {
  const { stopCode, stoppedReason, startedAt, executionStoppedAt, stoppedAt, exitCode } = told;
  // Of a container that its node has lost, as after a restart, nobody knows whether it was its own fault.
  const isUnseen = stopCode === 'EssentialContainerExited' && exitCode === undefined;
  return {
    ...(!isUnseen && defined('stopCode', stopCode)),
    stoppedReason,
    ...defined('startedAtMs', epochMs(startedAt)),
    ...defined('endedAtMs', epochMs(executionStoppedAt ?? stoppedAt)),
    what: whatOf(told),
  };
}

/** The end that came before somebody told the pod to go: one that has ended is deleted once it is recorded. */
function endingBefore(pod: PodView, exitedAt: string | undefined): Ending | undefined {
  const toldMs = toldAtMs(pod);
  if (toldMs === undefined || exitedAt === undefined || Date.parse(exitedAt) >= toldMs) return undefined;
  return writtenEnding(pod) ?? essentialEnding(factsOf(pod));
}

function epochMs(text = ''): number | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** The error of a container, before those that only waited for it; else the exit code of the one that ended the task. */
function whatOf({ containers = [], stopCode, stoppedReason, exitCode }: Told): string {
  const errors = containers.flatMap(({ name, reason = '' }) => {
    const [error] = /^[A-Z]\w*Error(?=: )/.exec(reason) ?? [];
    return error === undefined
      ? []
      : [{ text: `${error} in ${name}`, waited: reason.includes(': dependency graph: ') }];
  });
  const error = errors.find(({ waited }) => !waited) ?? errors[0];
  if (error) return clip(error.text, longestWhat);
  const exited = containers.find((each) => each.exitCode !== undefined && each.exitCode === exitCode);
  const isExit = stopCode === 'EssentialContainerExited' && exited !== undefined;
  return clip(isExit ? `exit code ${String(exitCode)} in ${exited.name}` : stoppedReason, longestWhat);
}
