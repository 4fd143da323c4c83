import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { Store } from '../../../src/kube/cache/store.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { FakeClock } from '../../support/clock.ts';
import { pod, pods, type Pod } from '../../support/kube-objects.ts';
import { RecordingLog, RecordingMeter } from '../../support/recording.ts';

const onNode = { spec: { nodeName: 'n1' } };
const byNode = ({ spec }: Pod): readonly string[] => (spec?.nodeName === undefined ? [] : [spec.nodeName]);

/** `pod(name, version)` with the phase, on the node that the index knows. */
function inPhase(version: number, phase: string, metadata: Partial<KubeObject['metadata']> = {}): Pod {
  const plain = pod('a', version, { ...onNode, status: { phase } });
  return { ...plain, metadata: { ...plain.metadata, ...metadata } };
}

describe('A store that remembers what is gone', () => {
  let clock: FakeClock;
  let store: Store<Pod>;

  beforeEach(() => {
    clock = new FakeClock();
    const remembers = ({ metadata }: Pod): boolean => metadata.name !== 'other';
    const common = { clock, log: new RecordingLog(), meter: new RecordingMeter() };
    store = new Store({ resource: pods, indexes: { byNode }, remembers, ...common });
    store.apply(inPhase(5, 'Running'));
  });

  /** Name, version and phase of what is remembered of the node. */
  function remembered(): string[] {
    return store.departures
      .byIndex('byNode', 'n1')
      .map(
        ({ object: { metadata, status } }) => `${metadata.name}@${metadata.resourceVersion} ${status?.phase ?? '-'}`,
      );
  }

  it('has its last state by the event that tells of its end', () => {
    store.remove(inPhase(8, 'Failed'));
    assert.deepEqual(remembered(), ['a@8 Failed']);
  });

  it('has it by an event that comes after our own delete was answered', () => {
    store.remove(inPhase(5, 'Running'));
    store.remove(inPhase(8, 'Failed'));
    assert.deepEqual(remembered(), ['a@8 Failed']);
  });

  it('keeps the newer of two states, in whatever order they come', () => {
    store.remove(inPhase(8, 'Failed'));
    store.remove(inPhase(7, 'Running'));
    assert.deepEqual(remembered(), ['a@8 Failed']);
  });

  it('has the state it held of what a list lacks', () => {
    store.replace([], '9');
    assert.deepEqual(remembered(), ['a@5 Running']);
  });

  it('has the state it held of what another object has taken the name of', () => {
    store.apply(inPhase(9, 'Pending', { uid: 'uid-of-another' }));
    assert.deepEqual(remembered(), ['a@5 Running']);
  });

  it('does not take the end of another object for its own', () => {
    store.remove(inPhase(9, 'Failed', { uid: 'uid-of-another' }));
    assert.deepEqual(remembered(), ['a@5 Running']);
  });

  it('is there for those who hear of the end', () => {
    let seen: string[] = [];
    store.onChange(() => {
      seen = remembered();
    });
    store.remove(inPhase(8, 'Failed'));
    assert.deepEqual(seen, ['a@8 Failed']);
  });

  it('keeps what the projection leaves', () => {
    const common = { clock, log: new RecordingLog(), meter: new RecordingMeter() };
    const project = ({ apiVersion, kind, metadata }: Pod): Pod => ({ apiVersion, kind, metadata, ...onNode });
    store = new Store({ resource: pods, indexes: { byNode }, project, remembers: () => true, ...common });
    store.apply(inPhase(5, 'Running'));
    store.remove(inPhase(8, 'Failed'));
    assert.deepEqual(remembered(), ['a@8 -']);
  });

  it('remembers none that does not matter', () => {
    store.apply(pod('other', 6, onNode));
    store.remove(pod('other', 7, onNode));
    assert.deepEqual(remembered(), []);
  });

  it('forgets one that is there after all', () => {
    store.remove(inPhase(6, 'Running'));
    store.apply(inPhase(7, 'Running'));
    assert.deepEqual(remembered(), []);
  });

  it('forgets after five minutes', () => {
    store.remove(inPhase(6, 'Failed'));
    clock.advance(5 * 60_000 - 1);
    assert.deepEqual(remembered(), ['a@6 Failed']);
    clock.advance(1);
    assert.deepEqual(remembered(), []);
  });

  it('says when it was gone, and what was noted', () => {
    const atMs = clock.now();
    store.departures.note('uid-a', 'scaled in');
    store.remove(inPhase(6, 'Failed'));
    clock.advance(1000);
    const [departed] = store.departures.byIndex('byNode', 'n1');
    assert.deepEqual([departed?.atMs, departed?.note], [atMs, 'scaled in']);
  });

  it('takes a note back', () => {
    store.departures.note('uid-a', 'scaled in');
    store.departures.note('uid-a', undefined);
    assert.equal(store.departures.noteOf('uid-a'), undefined);
  });

  it('holds five thousand at most, and the expired ones no longer than until the next goes', () => {
    for (let index = 0; index < 12_000; index++) {
      store.apply(pod(`p${String(index)}`, 10 + 2 * index, onNode));
      store.remove(pod(`p${String(index)}`, 11 + 2 * index, onNode));
    }
    assert.equal(store.departures.size, 5000);
    assert.equal(remembered().at(-1), 'p11999@24009 -');
    assert.equal(remembered()[0], 'p7000@14011 -');
    clock.advance(5 * 60_000);
    store.remove(inPhase(50_000, 'Failed'));
    assert.equal(store.departures.size, 1);
  });

  it('holds ten thousand notes at most', () => {
    for (let index = 0; index <= 10_000; index++) store.departures.note(`uid-${String(index)}`, 'why');
    assert.deepEqual(
      [0, 1, 10_000].map((index) => store.departures.noteOf(`uid-${String(index)}`)),
      [undefined, 'why', 'why'],
    );
  });
});

describe('A store', () => {
  it('says since when it knows everything', () => {
    const clock = new FakeClock();
    const common = { clock, log: new RecordingLog(), meter: new RecordingMeter() };
    const store = new Store<Pod>({ resource: pods, namespaces: ['x', 'y'], ...common });
    store.replace([], '1', 'x');
    assert.equal(store.syncedAtMs, undefined);
    clock.advance(1000);
    store.replace([], '2', 'y');
    const syncedAtMs = clock.now();
    clock.advance(1000);
    store.replace([], '3', 'x');
    assert.equal(store.syncedAtMs, syncedAtMs);
  });
});
