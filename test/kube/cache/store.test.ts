import assert from 'node:assert/strict';
import fc from 'fast-check';
import { beforeEach, describe, it } from 'mocha';
import { kubeMetrics } from '../../../src/kube/metrics.ts';
import { keyOf } from '../../../src/kube/resource.ts';
import { Store, type Change } from '../../../src/kube/cache/store.ts';
import { FakeClock } from '../../support/clock.ts';
import { pod, pods, type Pod } from '../../support/kube-objects.ts';
import { RecordingLog, RecordingMeter } from '../../support/recording.ts';

const byNode = (object: Pod): readonly string[] => (object.spec?.nodeName === undefined ? [] : [object.spec.nodeName]);

describe('Store', () => {
  let clock: FakeClock;
  let log: RecordingLog;
  let meter: RecordingMeter;
  let store: Store<Pod>;
  let changes: string[];

  beforeEach(() => {
    clock = new FakeClock();
    log = new RecordingLog();
    meter = new RecordingMeter();
    store = new Store({ resource: pods, indexes: { byNode }, clock, log, meter });
    changes = [];
    store.onChange((change) => changes.push(told(change)));
  });

  const cases: Record<
    string,
    { steps: (store: Store<Pod>) => void; held: readonly number[]; changes: readonly string[] }
  > = {
    'takes in what it does not know': {
      steps: (store) => store.apply(pod('a', 5)),
      held: [5],
      changes: ['- → 5'],
    },
    'takes in a newer version': {
      steps: (store) => {
        store.apply(pod('a', 9));
        store.apply(pod('a', 10));
      },
      held: [10],
      changes: ['- → 9', '9 → 10'],
    },
    'ignores an older version and the same one again': {
      steps: (store) => {
        store.apply(pod('a', 10));
        store.apply(pod('a', 9));
        store.apply(pod('a', 10));
      },
      held: [10],
      changes: ['- → 10'],
    },
    'removes at the held version or a newer one': {
      steps: (store) => {
        store.apply(pod('a', 5));
        store.apply(pod('b', 5));
        store.remove(pod('a', 5));
        store.remove(pod('b', 6));
      },
      held: [],
      changes: ['- → 5', '- → 5', '5 → -', '5 → -'],
    },
    'ignores a removal older than what it holds': {
      steps: (store) => {
        store.apply(pod('a', 7));
        store.remove(pod('a', 6));
      },
      held: [7],
      changes: ['- → 7'],
    },
    'does not bring a removed object back through a late answer': {
      steps: (store) => {
        store.apply(pod('a', 5));
        store.remove(pod('a', 8));
        store.apply(pod('a', 7));
      },
      held: [],
      changes: ['- → 5', '5 → -'],
    },
    'remembers the removal of what it never held': {
      steps: (store) => {
        store.remove(pod('a', 8));
        store.apply(pod('a', 7));
      },
      held: [],
      changes: [],
    },
    'takes in an object made anew under the name of a removed one': {
      steps: (store) => {
        store.apply(pod('a', 5));
        store.remove(pod('a', 8));
        store.apply(pod('a', 9));
      },
      held: [9],
      changes: ['- → 5', '5 → -', '- → 9'],
    },
    'takes in a list: adds, updates, removes what is missing': {
      steps: (store) => {
        store.apply(pod('a', 1));
        store.apply(pod('b', 2));
        store.replace([pod('b', 3), pod('c', 4)], '5');
      },
      held: [3, 4],
      changes: ['- → 1', '- → 2', '2 → 3', '- → 4', '1 → -'],
    },
    'keeps what is newer than a list, missing from it or older in it': {
      steps: (store) => {
        store.apply(pod('a', 7));
        store.apply(pod('b', 8));
        store.replace([pod('b', 3)], '5');
      },
      held: [7, 8],
      changes: ['- → 7', '- → 8'],
    },
    'does not bring a removed object back through a list made before': {
      steps: (store) => {
        store.remove(pod('a', 6));
        store.replace([pod('a', 3)], '5');
      },
      held: [],
      changes: [],
    },
    'takes the newer of two versions of an object in a list': {
      steps: (store) => store.replace([pod('a', 4), pod('b', 2), pod('a', 3), pod('b', 3)], '5'),
      held: [4, 3],
      changes: ['- → 4', '- → 3'],
    },
    'ignores the late answer to a write whose object was gone when the list was made': {
      steps: (store) => {
        store.replace([], '5');
        store.apply(pod('a', 4));
      },
      held: [],
      changes: [],
    },
    'believes a list that is older than the last one: etcd was restored': {
      steps: (store) => {
        store.replace([pod('a', 90), pod('b', 91)], '100');
        store.remove(pod('c', 101));
        store.remove(pod('d', 102));
        store.replace([pod('a', 10), pod('c', 11)], '20');
        store.apply(pod('d', 21));
      },
      held: [10, 11, 21],
      changes: ['- → 90', '- → 91', '90 → 10', '- → 11', '91 → -', '- → 21'],
    },
  };
  for (const [sentence, { steps, held, changes: want }] of Object.entries(cases)) {
    it(sentence, () => {
      steps(store);
      assert.deepEqual(versionsOf(store), held);
      assert.deepEqual(changes, want);
    });
  }

  it('believes a list about what it took for gone, once that is long ago', () => {
    store.replace([pod('a', 3)], '5');
    store.remove(pod('a', 3));
    store.replace([pod('a', 3)], '6');
    assert.deepEqual(versionsOf(store), []);
    clock.advance(10 * 60_000);
    store.replace([pod('a', 3)], '7');
    assert.deepEqual(versionsOf(store), [3]);
  });

  it('tells of a list when all of it is in place', () => {
    const sizes: number[] = [];
    store.onChange(() => sizes.push(store.size));
    store.replace([pod('a', 1), pod('b', 2)], '2');
    assert.deepEqual(sizes, [2, 2]);
  });

  it('is synced when it has been given a whole list', () => {
    store.apply(pod('a', 1));
    assert.equal(store.synced, false);
    store.replace([], '2');
    assert.equal(store.synced, true);
  });

  it('holds, of whatever source, what its projection leaves, and the whole object where that throws', () => {
    const project = (object: Pod): Pod => {
      if (object.metadata.name === 'bad') throw new Error('a bug');
      return { ...object, spec: {} };
    };
    const projecting = new Store({ resource: pods, project, clock, log, meter });
    const spec = { nodeName: 'n' };
    projecting.replace([projecting.projected(pod('a', 1, { spec }))], '5');
    for (const name of ['a', 'b', 'bad']) projecting.apply(pod(name, 6, { spec }));
    assert.deepEqual(
      projecting.list().map((object) => object.spec),
      [{}, {}, spec],
    );
    assert.equal(meter.value(kubeMetrics.callbackErrors, { resource: 'pods', callback: 'project' }), 1);
  });

  describe('of chosen namespaces', () => {
    const at = (namespace: string, name: string, version: number): Pod => {
      const { metadata, ...rest } = pod(name, version);
      return { ...rest, metadata: { ...metadata, namespace } };
    };
    const held = (): string[] => store.list().map((each) => `${keyOf(each)}@${each.metadata.resourceVersion}`);

    beforeEach(() => {
      store = new Store({ resource: pods, namespaces: ['x', 'y'], clock, log, meter });
      store.replace([at('x', 'a', 3)], '5', 'x');
    });

    it('is synced when each has been listed', () => {
      assert.equal(store.synced, false);
      store.replace([], '4', 'y');
      assert.equal(store.synced, true);
    });

    it('removes by the list of one nothing of another', () => {
      store.replace([at('y', 'a', 4)], '6', 'y');
      store.replace([], '7', 'x');
      assert.deepEqual(held(), ['y/a@4']);
    });

    it('takes from the list of one no word about what is gone in another', () => {
      store.apply(at('y', 'a', 4));
      store.apply(at('x', 'b', 4));
      assert.deepEqual(held(), ['x/a@3', 'y/a@4']);
    });

    it('believes an older list of one, and keeps the other, when etcd was restored', () => {
      store.replace([at('y', 'a', 4)], '6', 'y');
      store.replace([at('x', 'a', 1)], '2', 'x');
      assert.deepEqual(held(), ['x/a@1', 'y/a@4']);
    });
  });

  it('stops telling a listener that has left', () => {
    const leave = store.onChange(() => assert.fail('was called'));
    leave();
    store.apply(pod('a', 1));
    assert.deepEqual(changes, ['- → 1']);
  });

  it('goes on when a listener throws, and reports it', () => {
    const failing = new Store({ resource: pods, clock, log, meter });
    const error = new Error('a bug');
    const seen: string[] = [];
    failing.onChange(() => {
      throw error;
    });
    failing.onChange((change) => seen.push(told(change)));
    failing.apply(pod('a', 1));
    assert.deepEqual(seen, ['- → 1']);
    assert.deepEqual(log.lines, [
      { level: 'error', message: 'Store callback failed', fields: { error, resource: 'pods', callback: 'listener' } },
    ]);
    assert.equal(meter.value(kubeMetrics.callbackErrors, { resource: 'pods', callback: 'listener' }), 1);
  });

  describe('indexes', () => {
    it('follow an object from value to value and out', () => {
      store.apply(pod('a', 1, { spec: { nodeName: 'n1' } }));
      store.apply(pod('b', 2, { spec: { nodeName: 'n1' } }));
      assert.deepEqual(store.byIndex('byNode', 'n1').map(keyOf), ['default/a', 'default/b']);
      store.apply(pod('a', 3, { spec: { nodeName: 'n2' } }));
      store.apply(pod('b', 4));
      assert.deepEqual(store.byIndex('byNode', 'n1'), []);
      assert.deepEqual(store.byIndex('byNode', 'n2'), [store.get('default/a')]);
      store.remove(pod('a', 5));
      assert.deepEqual(store.byIndex('byNode', 'n2'), []);
    });

    it('hold the newest version of an object whose value stays, in its place', () => {
      for (const name of ['a', 'b']) store.apply(pod(name, 1, { spec: { nodeName: 'n1' } }));
      store.apply(pod('a', 2, { spec: { nodeName: 'n1' } }));
      assert.deepEqual(store.byIndex('byNode', 'n1'), [store.get('default/a'), store.get('default/b')]);
    });

    it('that do not exist are an error', () => {
      assert.throws(() => store.byIndex('byColour', 'red'), /byColour/);
    });

    it('leave out the object on which their function throws, which is reported', () => {
      const index = (object: Pod): readonly string[] => [(object.spec as { nodeName: string }).nodeName];
      const failing = new Store({ resource: pods, indexes: { index }, clock, log, meter });
      failing.apply(pod('a', 1));
      failing.apply(pod('b', 2, { spec: { nodeName: 'n' } }));
      assert.deepEqual(failing.byIndex('index', 'n').map(keyOf), ['default/b']);
      assert.deepEqual(versionsOf(failing), [1, 2]);
      assert.equal(meter.value(kubeMetrics.callbackErrors, { resource: 'pods', callback: 'index' }), 1);
    });
  });

  for (const [sentence, scopes] of Object.entries({ whole: [undefined], 'by namespaces': ['x', 'y'] })) {
    it(`listed ${sentence}, ends up like the cluster and never shows what is gone, however news comes in`, () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
          const world = new World(scopes);
          for (const each of steps) world.do(each);
          world.catchUp();
        }),
        { numRuns: 500 },
      );
    });
  }
});

function told({ before, after }: Change<Pod>): string {
  return `${before?.metadata.resourceVersion ?? '-'} → ${after?.metadata.resourceVersion ?? '-'}`;
}

function versionsOf(store: Store<Pod>): number[] {
  return store.list().map((object) => Number(object.metadata.resourceVersion));
}

type Step =
  | { readonly kind: 'write' | 'delete'; readonly place: Place }
  | { readonly kind: 'watch' | 'list' | 'listed'; readonly scope: number }
  | { readonly kind: 'answer'; readonly which: number };

interface Place {
  readonly namespace: string;
  readonly name: string;
}

const place = fc.record({ namespace: fc.constantFrom('x', 'y'), name: fc.constantFrom('a', 'b') });
const scope = fc.nat({ max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), place }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('watch' as const, 'list' as const, 'listed' as const), scope }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('answer' as const), which: fc.nat() }) },
);

interface Happening {
  readonly deleted: boolean;
  readonly object: Pod;
}

/** What follows one namespace, or all: how far its watch has come, and its list under way. */
interface Follower {
  readonly namespace: string | undefined;
  watched: number;
  listing: { readonly objects: readonly Pod[]; readonly version: number } | undefined;
}

/** A cluster with a history, and a store that hears of it by watch, by list and by answers that come when they like. */
class World {
  readonly #store: Store<Pod>;
  readonly #followers: readonly Follower[];
  /** Version `n` is at `n - 1`. */
  readonly #history: Happening[] = [];
  readonly #objects = new Map<string, Pod>();
  readonly #toldGone = new Map<string, number>();

  constructor(scopes: readonly (string | undefined)[]) {
    this.#followers = scopes.map((namespace) => ({ namespace, watched: 0, listing: undefined }));
    const namespaces = scopes.filter((namespace) => namespace !== undefined);
    this.#store = new Store({
      resource: pods,
      namespaces: namespaces.length === 0 ? undefined : namespaces,
      clock: new FakeClock(),
      log: new RecordingLog(),
      meter: new RecordingMeter(),
    });
  }

  do(step: Step): void {
    switch (step.kind) {
      case 'write':
      case 'delete':
        this.#happen(step.place, step.kind === 'delete');
        break;
      case 'answer':
        this.#tell(this.#history[step.which % Math.max(1, this.#history.length)]);
        break;
      case 'watch':
      case 'list':
      case 'listed': {
        const follower = this.#followers[step.scope % this.#followers.length];
        if (follower !== undefined) this.#follow(follower, step.kind);
      }
    }
    this.#check();
  }

  /** The watches deliver all that is left; then store and cluster are the same. */
  catchUp(): void {
    for (const each of this.#followers) while (each.watched < this.#history.length) this.#follow(each, 'watch');
    const want = [...this.#objects.values()].sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
    assert.deepEqual(
      [...this.#store.list()].sort((a, b) => keyOf(a).localeCompare(keyOf(b))),
      want,
    );
  }

  #happen({ namespace, name }: Place, deleted: boolean): void {
    const { metadata, ...rest } = pod(name, this.#history.length + 1);
    const object = { ...rest, metadata: { ...metadata, namespace } };
    if (deleted && !this.#objects.has(keyOf(object))) return;
    this.#history.push({ deleted, object });
    if (deleted) this.#objects.delete(keyOf(object));
    else this.#objects.set(keyOf(object), object);
  }

  #follow(follower: Follower, kind: 'watch' | 'list' | 'listed'): void {
    const { namespace } = follower;
    const sees = ({ metadata }: Pod): boolean => namespace === undefined || metadata.namespace === namespace;
    if (kind === 'list') {
      follower.listing = { objects: [...this.#objects.values()].filter(sees), version: this.#history.length };
      return;
    }
    // While a list is under way no watch runs.
    this.#listed(follower);
    if (kind === 'listed') return;
    const next = this.#history[follower.watched];
    if (next !== undefined && sees(next.object)) this.#tell(next);
    follower.watched = Math.min(follower.watched + 1, this.#history.length);
  }

  #listed(follower: Follower): void {
    if (follower.listing === undefined) return;
    const { objects, version } = follower.listing;
    this.#store.replace(objects, String(version), follower.namespace);
    follower.watched = version;
    follower.listing = undefined;
  }

  #tell(happening: Happening | undefined): void {
    if (happening === undefined) return;
    const { deleted, object } = happening;
    if (!deleted) {
      this.#store.apply(object);
      return;
    }
    this.#store.remove(object);
    const version = Number(object.metadata.resourceVersion);
    this.#toldGone.set(keyOf(object), Math.max(version, this.#toldGone.get(keyOf(object)) ?? 0));
  }

  #check(): void {
    for (const object of this.#store.list()) {
      const version = Number(object.metadata.resourceVersion);
      assert.ok(version > (this.#toldGone.get(keyOf(object)) ?? 0), `${keyOf(object)} came back at ${version}`);
    }
  }
}
