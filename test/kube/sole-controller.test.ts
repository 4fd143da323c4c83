import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { cache } from '../../src/kube/manager.ts';
import { watch } from '../../src/kube/controller.ts';
import { errorMessage } from '../../src/base/errors.ts';
import { defineSoleController, soleKey, type SoleControllerDefinition } from '../../src/kube/sole-controller.ts';
import { controllerPermissions, deletes } from '../../src/kube/writes/permissions.ts';
import { accepts, refuses, resets } from '../support/inbox.ts';
import { pod, pods } from '../support/kube-objects.ts';
import { startWalk, type Walk } from '../support/walk.ts';

interface Planned {
  readonly steps: readonly string[];
  readonly wakeAtMs: number;
}

/** Deletes the pods there are. */
const definition: SoleControllerDefinition<readonly string[], string, Planned> = {
  name: 'sweeper',
  watches: [watch(pods, () => [soleKey])],
  writes: [deletes(pods)],
  observe: (stores) =>
    stores
      .of(pods)
      .list()
      .map(({ metadata }) => metadata.name),
  plan: (steps) => ({ steps, wakeAtMs: 12_345 }),
  render: (name) => ({ verb: 'delete', resource: pods, at: { namespace: 'default', name }, uid: `uid-${name}` }),
  conclude: () => undefined,
};

const remove = (name: string): string => `DELETE /api/v1/namespaces/default/pods/${name}`;
const read = 'GET /api/v1/namespaces/default/pods/a';

describe('A sole controller', () => {
  let walk: Walk;

  beforeEach(async () => {
    walk = await startWalk([cache({ resource: pods })], accepts);
    walk.stores.of(pods).apply(pod('a', 1));
    walk.stores.of(pods).apply(pod('b', 2));
  });

  afterEach(async () => {
    await walk.stop();
  });

  function reconcile(parts: Partial<typeof definition> = {}): Promise<number | undefined> {
    return defineSoleController({ ...definition, ...parts }).reconcile(soleKey, walk.context);
  }

  it('does what is to be done for all objects, and says when to look again', async () => {
    assert.equal(await reconcile(), 12_345);
    assert.deepEqual(walk.inbox.requests, [remove('a'), remove('b')]);
  });

  it('hears which steps were done and which failed, before it fails itself', async () => {
    walk.inbox.on(remove('b'), refuses(403, 'Forbidden'));
    const heard: string[] = [];
    const conclude: typeof definition.conclude = (world, { wakeAtMs }, { done, failed }) => {
      heard.push(
        String(wakeAtMs),
        ...world,
        ...done,
        ...failed.map(({ item, error }) => `${item}: ${errorMessage(error)}`),
      );
    };
    await assert.rejects(reconcile({ conclude }), { name: 'ApiError', status: 403 });
    assert.deepEqual(heard.slice(0, 4), ['12345', 'a', 'b', 'a']);
    assert.match(heard[4] ?? '', /^b: .*Forbidden/);
  });

  it('plans nothing before it is known what became of a write of unknown outcome', async () => {
    walk.inbox.on(remove('a'), resets);
    walk.inbox.on(read, refuses(403, 'Forbidden'));
    await assert.rejects(reconcile(), { name: 'UnsettledError' });
    walk.inbox.on(read, refuses(404, 'NotFound'));
    await reconcile();
    assert.deepEqual(walk.inbox.requests, [remove('a'), read, read, remove('b')]);
  });

  it('refuses a write that it has not declared', async () => {
    await assert.rejects(reconcile({ writes: [] }), /sweeper does not declare deletes\(pods\)/);
  });

  it('needs no rights but those of its writes: it has no kind whose status it would write', () => {
    const needed = controllerPermissions(defineSoleController(definition)).map(({ verb }) => verb);
    assert.deepEqual(needed, ['delete', 'get']);
  });
});
