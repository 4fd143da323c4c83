import type { Task } from '../../../api/task.ts';
import type { EventRecord } from '../../../base/events.ts';
import type { Readiness } from '../../../base/readiness.ts';
import { wordsOf } from '../../placement/failure-words.ts';
import type { WhyNot } from '../../placement/model-types.ts';
import { unableToPlace } from './events.ts';

/** A task that no node takes is told so, with the reason as ECS has it. */
export function unplacedReadiness({ reason, sentence }: WhyNot): Readiness {
  const message = `The task is unable to be placed. Reason: ${sentence}.`;
  return { state: 'reconciling', reason: wordsOf(reason).condition, message };
}

/** Told once for each reason. */
export function unplacedEvents({ status, ...task }: Task, whyNot: WhyNot): EventRecord[] {
  const { reason } = unplacedReadiness(whyNot);
  const isTold = status?.conditions?.some((each) => each.type === 'Ready' && each.reason === reason) ?? false;
  return isTold ? [] : [unableToPlace(task, whyNot.sentence)];
}
