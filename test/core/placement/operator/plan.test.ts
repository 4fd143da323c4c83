import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations, labels } from '../../../../src/api/labels.ts';
import type { PodView } from '../../../../src/api/meta.ts';
import type { PlacementRequest } from '../../../../src/core/placement/model-types.ts';
import { planPlacement } from '../../../../src/core/placement/operator/plan.ts';
import {
  nothingKnown,
  type PlacementPlan,
  type PlacementWorld,
} from '../../../../src/core/placement/operator/world.ts';
import { instant, ms } from '../../../support/builders.ts';
import { gatedPod, pinnedPod, unschedulable } from '../../../support/placed-pods.ts';

/** Takes the tasks of these groups, each on a node named after it; hears of all that is asked. */
class Room {
  readonly asked: PlacementRequest[] = [];
  readonly #groups: readonly string[];

  constructor(...groups: readonly string[]) {
    this.#groups = groups;
  }

  place(request: PlacementRequest): string | undefined {
    this.asked.push(request);
    return this.#groups.includes(request.group) ? `node-of-${request.group}` : undefined;
  }
}

const web = 'shop/service:web';

/** One look, 100 seconds after the beginning unless said otherwise. */
function look(parts: Partial<PlacementWorld> & { readonly at?: number } = {}): PlacementPlan {
  const { at = 100, ...given } = parts;
  const nothing = { isBehind: false, waiting: [], onItsWay: [], memory: nothingKnown, placer: new Room(web) };
  return planPlacement({ now: instant(at), ...nothing, ...given });
}

function told({ steps }: PlacementPlan): string[] {
  return steps.map(({ kind, pod, node }) => `${kind} ${pod.metadata.name} ${String(node)}`);
}

function pods(group: string, count: number, createdAt = 0): PodView[] {
  return Array.from({ length: count }, (_, index) =>
    gatedPod({ name: `${group}-${String(index).padStart(3, '0')}`, createdAt, placement: { group } }),
  );
}

describe('A look at the tasks to be placed', () => {
  it('pins what finds a node, and leaves the rest', () => {
    const waiting = [gatedPod(), gatedPod({ name: 'b', placement: { group: 'service:big' } })];
    assert.deepEqual(told(look({ waiting })), ['pin a node-of-shop/service:web']);
  });

  it('has nothing to come back for when nothing waits', () => {
    assert.deepEqual(look(), { steps: [], memory: nothingKnown });
  });

  it('takes groups in turns, and the oldest of each first', () => {
    const waiting = [
      ...pods('big', 3, 5),
      ...pods('small', 1, 9),
      gatedPod({ name: 'old', createdAt: 1, placement: { group: 'big' } }),
    ];
    const names = look({ waiting, placer: new Room('shop/big', 'shop/small') }).steps.map(
      ({ pod }) => pod.metadata.name,
    );
    assert.deepEqual(names, ['old', 'small-000', 'big-000', 'big-001', 'big-002']);
  });

  it('places nothing before the model has heard of everything, and looks again at once', () => {
    const placer = new Room(web);
    const { steps, wakeAtMs } = look({ waiting: [gatedPod()], placer, isBehind: true });
    assert.deepEqual([steps, wakeAtMs, placer.asked.length], [[], ms(100), 0]);
  });

  it('pins so many at once, and goes on at once', () => {
    const { steps, wakeAtMs } = look({ waiting: pods('service:web', 300) });
    assert.deepEqual([steps.length, wakeAtMs], [256, ms(100)]);
  });

  it('asks once for all that ask for the same, and again after a second', () => {
    const waiting = pods('service:big', 10);
    const placer = new Room();
    const first = look({ waiting, placer });
    assert.deepEqual([first.steps, first.wakeAtMs, placer.asked.length], [[], ms(101), 1]);
    const { memory } = first;
    const second = look({ at: 100.5, waiting, placer, memory });
    assert.deepEqual([second.wakeAtMs, placer.asked.length], [ms(101), 1]);
    const third = look({ at: 101, waiting, placer, memory: second.memory });
    assert.deepEqual([third.wakeAtMs, placer.asked.length], [ms(102), 2]);
  });

  it('asks for some that find nothing, then for the others, and the longer the more there are', () => {
    const waiting = Array.from({ length: 200 }, (_, index) => pods(`service:big-${String(index)}`, 1)).flat();
    const placer = new Room();
    let { memory, wakeAtMs } = look({ waiting, placer });
    assert.deepEqual([placer.asked.length, wakeAtMs], [25, ms(100)]);
    for (let turn = 1; turn < 8; turn++) ({ memory, wakeAtMs } = look({ waiting, placer, memory }));
    assert.deepEqual([placer.asked.length, new Set(placer.asked.map(({ uid }) => uid)).size], [200, 200]);
    assert.equal(look({ at: 103.9, waiting, placer, memory }).wakeAtMs, ms(104), 'two percent of a second for each');
    assert.equal(placer.asked.length, 200);
  });

  it('leaves alone for a while what could not be pinned, and places the others', () => {
    const memory = { ...nothingKnown, putOffUntilMs: new Map([['uid-a', ms(110)]]) };
    const waiting = [gatedPod(), gatedPod({ name: 'b' })];
    const plan = look({ waiting, memory });
    assert.deepEqual([told(plan), plan.wakeAtMs], [['pin b node-of-shop/service:web'], ms(110)]);
    assert.equal(told(look({ at: 110, waiting, memory })).length, 2);
  });

  describe('whose annotation somebody has damaged', () => {
    const damaged = (text: string, own: Readonly<Record<string, string>> = { [labels.service]: 'web' }): PodView =>
      gatedPod({ metadata: { labels: own, annotations: { [annotations.placement]: text } } });
    const texts = {
      'is nothing': '',
      'is no JSON': '{',
      'is null': 'null',
      'has nothing in it': '{}',
      'has no group': '{"strategy":[],"constraints":[]}',
      'has a strategy that there is not': '{"strategy":[{"type":"nearest"}],"constraints":[],"group":"a"}',
      'has a constraint that is none': '{"strategy":[],"constraints":[null],"group":"a"}',
    };
    for (const [which, text] of Object.entries(texts)) {
      it(`is taken back after five seconds, and holds up nobody: it ${which}`, () => {
        const waiting = [damaged(text), gatedPod({ name: 'b', createdAt: 100 })];
        const early = look({ at: 4, waiting });
        assert.deepEqual([told(early), early.wakeAtMs], [['pin b node-of-shop/service:web'], ms(5)]);
        const late = look({ at: 5, waiting });
        assert.deepEqual(told(late), ['withdraw a undefined', 'pin b node-of-shop/service:web']);
        assert.deepEqual(late.memory.lostRooms, []);
      });
    }

    it('is left alone where it is of a standalone task, which is started once', () => {
      assert.deepEqual(look({ waiting: [damaged('{}', { [labels.task]: 'once' })] }).steps, []);
    });

    it('may have as many constraints as a service and its definition have together', () => {
      const constraints = Array.from({ length: 20 }, () => ({ type: 'distinctInstance' as const }));
      assert.equal(look({ waiting: [gatedPod({ placement: { constraints } })] }).steps.length, 1);
    });
  });

  describe('whose room somebody else has taken', () => {
    const lost = pinnedPod('n1', { status: unschedulable });

    it('takes the task back after five seconds', () => {
      const first = look({ onItsWay: [lost] });
      assert.deepEqual([first.steps, first.wakeAtMs], [[], ms(105)]);
      const early = look({ at: 104.9, onItsWay: [lost], memory: first.memory });
      assert.deepEqual(early.steps, []);
      assert.deepEqual(told(look({ at: 105, onItsWay: [lost], memory: early.memory })), ['withdraw a n1']);
    });

    it('counts the time anew when there was room meanwhile', () => {
      const { memory } = look({ onItsWay: [lost] });
      const between = look({ at: 103, onItsWay: [pinnedPod('n1')], memory });
      assert.deepEqual(look({ at: 106, onItsWay: [lost], memory: between.memory }).wakeAtMs, ms(111));
    });

    it('does not send its group to that node for thirty seconds', () => {
      const memory = { ...nothingKnown, refusedSinceMs: new Map([['uid-a', ms(90)]]) };
      const after = look({ onItsWay: [lost], memory });
      const queriesAt = (at: number, group: string): number => {
        const placer = new Room();
        look({ at, waiting: pods(group, 1), placer, memory: after.memory });
        return placer.asked[0]?.queries.length ?? assert.fail();
      };
      assert.deepEqual(
        [queriesAt(129, 'service:web'), queriesAt(130, 'service:web'), queriesAt(129, 'service:api')],
        [1, 0, 0],
      );
    });

    it('takes no standalone task back: one that may have run is never started again', () => {
      const { [labels.service]: _service, ...own } = lost.metadata.labels ?? {};
      const standalone = pinnedPod('n1', {
        status: unschedulable,
        metadata: { labels: { ...own, [labels.task]: 'once' } },
      });
      const memory = { ...nothingKnown, refusedSinceMs: new Map([['uid-a', ms(0)]]) };
      assert.deepEqual(look({ onItsWay: [standalone], memory }).steps, []);
    });
  });
});
