import type { ServiceStatus } from '../../api/service-status.ts';
import type { NextCondition } from '../../base/conditions.ts';
import { memo } from '../../base/memo.ts';
import { clip } from '../../base/text.ts';
import { wordsOf } from '../placement/failure-words.ts';
import type { WhyNot } from '../placement/model-types.ts';
import { whyNotOf } from '../placement/scheduler-words.ts';
import { isLive, type TaskView } from '../task/view.ts';
import type { ServiceWorld } from './world.ts';

/** Tasks that no node takes, all for one reason. */
export interface Unplaced {
  readonly whyNot: WhyNot;
  readonly count: number;
}

/** Reasons that a status keeps; there are hardly ever two. */
const keptReasons = 10;

/** What the schema takes. */
const longestMessage = 1024;

/**
 * The live tasks that wait for a node, by the reason why none takes them, the commonest first. Where nobody has looked
 * at all nodes, they are those that the kube-scheduler has given up for now, for the reason that it gives. Told once for
 * each world.
 */
export const unplacedOf = memo((world: ServiceWorld): readonly Unplaced[] => {
  const attribute = hasExpression(world) ? 'MemberOf' : 'ATTRIBUTE';
  const reasons = world.tasks.filter(isLive).flatMap((task) => {
    const { unplaced } = task;
    return knownOf(world, task) ?? (unplaced === undefined ? [] : [whyNotOf(unplaced, attribute)]);
  });
  return [...Map.groupBy(reasons, ({ reason }) => reason).values()]
    .map((same) => ({ whyNot: commonest(same), count: same.length }))
    .flatMap(({ whyNot, count }) => (whyNot ? [{ whyNot, count }] : []))
    .toSorted((a, b) => b.count - a.count || (a.whyNot.reason < b.whyNot.reason ? -1 : 1));
});

/** Of one reason in several sentences, the one that is said most: whatever order the tasks are in. */
function commonest(same: readonly WhyNot[]): WhyNot | undefined {
  const [best] = [...Map.groupBy(same, ({ sentence }) => sentence)].toSorted(
    ([a, { length: ofA }], [b, { length: ofB }]) => ofB - ofA || (a < b ? -1 : 1),
  );
  return best?.[1][0];
}

/** Whether the task is one of those that `unplacedOf` tells of. */
export function isUnplaced(world: ServiceWorld, task: TaskView): boolean {
  return task.unplaced !== undefined || knownOf(world, task) !== undefined;
}

function knownOf({ whyNots }: ServiceWorld, { podUid }: TaskView): WhyNot | undefined {
  return whyNots?.get(podUid);
}

/** Labels that do not match are a constraint that is not kept, where there is one. */
function hasExpression({ placement, resolution }: ServiceWorld): boolean {
  const ofDefinition = resolution.kind === 'found' ? (resolution.content.placementConstraints ?? []) : [];
  return [...placement.constraints, ...ofDefinition].some(({ type }) => type === 'memberOf');
}

/** In a few words, with how many tasks it is about. */
export function unplacedPart({ whyNot, count }: Unplaced): string {
  return `${String(count)} not placed: ${whyNot.sentence}`;
}

/** As the status has them; no member when all are placed. */
export function unplacedStatus(unplaced: readonly Unplaced[]): Pick<ServiceStatus, 'unplaced'> {
  if (unplaced.length === 0) return {};
  return {
    unplaced: unplaced.slice(0, keptReasons).map(({ whyNot, count }) => ({
      reason: whyNot.reason,
      count,
      message: clip(whyNot.sentence, longestMessage),
    })),
  };
}

/** The condition that says so; absent when all are placed. */
export function unplacedConditions(unplaced: readonly Unplaced[], observedGeneration: number): NextCondition[] {
  const [first] = unplaced;
  if (!first) return [];
  const message = clip(`${unplaced.map(unplacedPart).join('; ')}.`, longestMessage);
  const reason = wordsOf(first.whyNot.reason).condition;
  return [{ type: 'Unplaced', status: 'True', reason, message, observedGeneration }];
}
