import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { cache } from '../../src/kube/manager.ts';
import { keyOf, type KubeObject } from '../../src/kube/resource.ts';
import { defineSideController, type SideControllerDefinition } from '../../src/kube/side-controller.ts';
import { deletes } from '../../src/kube/writes/permissions.ts';
import { deepFreeze } from '../support/builders.ts';
import { accepts, refuses, resets } from '../support/inbox.ts';
import { pod, pods, widgetsOf } from '../support/kube-objects.ts';
import { startWalk, type Walk } from '../support/walk.ts';

interface Widget extends KubeObject {
  readonly status: { readonly said: string };
}

interface World {
  readonly said: string;
  readonly held: readonly string[];
}

const widgets = widgetsOf<Widget>();

function widget(said: string, metadata: Partial<KubeObject['metadata']> = {}): Widget {
  const own = { name: 'w', namespace: 'default', uid: 'uid-w', resourceVersion: '3', creationTimestamp: '' };
  return deepFreeze({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { ...own, ...metadata },
    status: { said },
  });
}

/** Deletes the pods there are. */
const definition: SideControllerDefinition<Widget, World, string> = {
  name: 'sweeper',
  resource: widgets,
  watches: [],
  writes: [deletes(pods)],
  observe: ({ status }, stores) => ({
    said: status.said,
    held: stores
      .of(pods)
      .list()
      .map(({ metadata }) => metadata.name),
  }),
  plan: ({ held }) => ({ steps: held, wakeAtMs: 12_345 }),
  render: (name) => ({ verb: 'delete', resource: pods, at: { namespace: 'default', name }, uid: `uid-${name}` }),
};

const remove = (name: string): string => `DELETE /api/v1/namespaces/default/pods/${name}`;
const read = 'GET /api/v1/namespaces/default/pods/a';

describe('A side controller', () => {
  let walk: Walk;

  beforeEach(async () => {
    walk = await startWalk([cache({ resource: widgets }), cache({ resource: pods })], accepts);
    walk.stores.of(pods).apply(pod('a', 1));
  });

  afterEach(async () => {
    await walk.stop();
  });

  function reconcile(object?: Widget, parts: Partial<typeof definition> = {}): Promise<number | undefined> {
    if (object) walk.stores.of(widgets).apply(object);
    return defineSideController({ ...definition, ...parts }).reconcile('default/w', walk.context);
  }

  it('does what is to be done, writes no status, and says when to look again', async () => {
    assert.equal(await reconcile(widget('hello')), 12_345);
    assert.deepEqual(walk.inbox.requests, [remove('a')]);
    assert.deepEqual(walk.stores.of(pods).list().map(keyOf), []);
  });

  it('does nothing about an object that is gone, or being deleted', async () => {
    const plan = (): never => assert.fail('planned');
    assert.equal(await reconcile(undefined, { plan }), undefined);
    assert.equal(await reconcile(widget('', { deletionTimestamp: '2026-01-01T00:00:00Z' }), { plan }), undefined);
  });

  it('sees the status that is written, not the one that waits', async () => {
    const object = widget('written');
    walk.stores.of(widgets).apply(object);
    const update = { resource: widgets, object, status: { said: 'first' }, isUrgent: true };
    await walk.context.statuses.write(update);
    const stored = walk.stores.of(widgets).get('default/w') ?? object;
    await walk.context.statuses.write({ ...update, object: stored, status: { said: 'pending' }, isUrgent: false });
    const said: string[] = [];
    await reconcile(undefined, {
      plan: (world) => {
        said.push(world.said);
        return { steps: [] };
      },
    });
    assert.deepEqual(said, ['first']);
    assert.equal(walk.context.statuses.overlay(widgets, stored).status.said, 'pending', 'it is still to be written');
  });

  it('fails with what a step failed with', async () => {
    walk.inbox.on(remove('a'), refuses(403, 'Forbidden'));
    await assert.rejects(reconcile(widget('')), { name: 'ApiError', status: 403 });
  });

  it('does what is of another kind when the API server refuses something', async () => {
    interface Step {
      readonly kind: string;
      readonly name: string;
    }
    walk.stores.of(widgets).apply(widget(''));
    walk.inbox.on(remove('a'), refuses(403, 'Forbidden'));
    const steps = [
      { kind: 'first', name: 'a' },
      { kind: 'first', name: 'b' },
      { kind: 'second', name: 'c' },
    ];
    const { plan: _plan, render: _render, ...rest } = definition;
    const side: SideControllerDefinition<Widget, World, Step> = {
      ...rest,
      plan: () => ({ steps }),
      render: ({ name }) => ({
        verb: 'delete',
        resource: pods,
        at: { namespace: 'default', name },
        uid: `uid-${name}`,
      }),
    };
    await assert.rejects(defineSideController(side).reconcile('default/w', walk.context), { status: 403 });
    assert.deepEqual(walk.inbox.requests, [remove('a'), remove('c')]);
    walk.inbox.on(remove('a'), resets);
    walk.inbox.on(read, refuses(403, 'Forbidden'));
    await assert.rejects(defineSideController(side).reconcile('default/w', walk.context), { name: 'UnsettledError' });
    assert.deepEqual(walk.inbox.requests.slice(2), [remove('a'), read], 'and not when there is no answer');
  });

  it('plans nothing before it is known what became of a write of unknown outcome', async () => {
    walk.inbox.on(remove('a'), resets);
    walk.inbox.on(read, refuses(403, 'Forbidden'));
    await assert.rejects(reconcile(widget('')), { name: 'UnsettledError' });
    walk.inbox.on(read, refuses(404, 'NotFound'));
    await reconcile();
    assert.deepEqual(walk.inbox.requests, [remove('a'), read, read]);
  });

  it('refuses a write that it has not declared', async () => {
    await assert.rejects(reconcile(widget(''), { writes: [] }), /sweeper does not declare deletes\(pods\)/);
  });
});
