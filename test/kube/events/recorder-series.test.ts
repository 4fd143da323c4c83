import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { EventBody } from '../../../src/kube/events/event-body.ts';
import { cache } from '../../../src/kube/manager.ts';
import { told, widget } from '../../support/events.ts';
import { accepts, refuses, refusesUnexpected, resets } from '../../support/inbox.ts';
import { pod, pods } from '../../support/kube-objects.ts';
import { startWalk, type Walk } from '../../support/walk.ts';

const path = '/apis/events.k8s.io/v1/namespaces/default/events';
const post = `POST ${path}`;

/** What is written of an event that happened several times. */
interface Written extends EventBody {
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

describe('Recorder, when the same event is told again', () => {
  let walk: Walk;

  beforeEach(async () => {
    walk = await startWalk([cache({ resource: pods })], (received) => {
      if (received.path.endsWith('/barrier')) received.reply(200, pod('barrier', 1));
      else refusesUnexpected(received);
    });
  });

  afterEach(async () => {
    await walk.stop();
  });

  /** Whatever was to be sent or heard by now has been, one thing after the other. */
  async function settle(): Promise<void> {
    for (let trips = 0; trips < 3; trips++) await walk.client.get(pods, { namespace: 'default', name: 'barrier' });
  }

  function tell(...messages: readonly string[]): void {
    walk.context.recorder.record(
      widget(),
      messages.map((message) => told(message)),
    );
  }

  /** Tells something for the first time, and has it written. */
  async function begin(message = 'made'): Promise<Written> {
    walk.inbox.on(post, accepts);
    tell(message);
    await settle();
    return walk.inbox.bodies(post).at(-1) as Written;
  }

  const countOf = (body: unknown): number | undefined => (body as Written).series?.count;
  const patchOf = ({ metadata }: EventBody): string => `PATCH ${path}/${metadata.name}`;
  const events = (): string[] => walk.inbox.requests.filter((request) => !request.includes('barrier'));
  const second = (seconds: number): string => `2026-01-01T00:00:${String(seconds).padStart(2, '0')}.000000Z`;

  it('makes no second Event, but a series of the first, after half a minute', async () => {
    const first = await begin();
    walk.inbox.on(patchOf(first), accepts);
    walk.clock.advance(5_000);
    tell('made');
    walk.clock.advance(7_000);
    tell('made');
    await settle();
    assert.deepEqual([events(), walk.clock.pending], [[post], [25_000]]);
    walk.clock.advance(17_999);
    await settle();
    assert.deepEqual(events(), [post]);
    walk.clock.advance(1);
    await settle();
    assert.deepEqual(events(), [post, patchOf(first)]);
    assert.deepEqual(walk.inbox.bodies(patchOf(first)), [{ series: { count: 3, lastObservedTime: second(12) } }]);
    const patch = walk.inbox.received.find(({ method }) => method === 'PATCH');
    assert.equal(patch?.headers['content-type'], 'application/merge-patch+json');
    assert.deepEqual(walk.clock.pending, [], 'a timer is left');
  });

  it('writes that at once when the Event was written longer ago', async () => {
    const first = await begin();
    walk.inbox.on(patchOf(first), accepts);
    walk.clock.advance(30_000);
    tell('made');
    await settle();
    assert.deepEqual(walk.inbox.bodies(patchOf(first)), [{ series: { count: 2, lastObservedTime: second(30) } }]);
  });

  it('writes a series again when half a minute has passed since it was', async () => {
    const first = await begin();
    walk.inbox.on(patchOf(first), accepts, accepts);
    walk.clock.advance(40_000);
    tell('made');
    await settle();
    tell('made', 'made');
    walk.clock.advance(29_999);
    await settle();
    assert.deepEqual(events(), [post, patchOf(first)]);
    walk.clock.advance(1);
    await settle();
    const counts = walk.inbox.bodies(patchOf(first)).map(countOf);
    assert.deepEqual(counts, [2, 4]);
  });

  it('writes each series in its own time, with one timer', async () => {
    const first = await begin('1');
    walk.clock.advance(10_000);
    const other = await begin('2');
    tell('2', '1');
    assert.deepEqual(walk.clock.pending, [20_000]);
    for (const each of [first, other]) walk.inbox.on(patchOf(each), accepts);
    walk.clock.advance(20_000);
    await settle();
    assert.deepEqual(events(), [post, post, patchOf(first)]);
    assert.deepEqual(walk.clock.pending, [10_000]);
    walk.clock.advance(10_000);
    await settle();
    assert.deepEqual(events(), [post, post, patchOf(first), patchOf(other)]);
    assert.deepEqual(walk.clock.pending, []);
  });

  it('creates an Event that was told several times before it could be written as a series', async () => {
    const underWay = walk.inbox.next(post);
    tell('first', 'made', 'made');
    walk.inbox.on(post, accepts);
    accepts(await underWay);
    await settle();
    const [, body] = walk.inbox.bodies(post) as readonly Written[];
    assert.deepEqual(events(), [post, post]);
    assert.deepEqual(body?.series, { count: 2, lastObservedTime: second(0) });
    assert.deepEqual(walk.clock.pending, []);
  });

  it('loses nothing that is told while the Event is being written', async () => {
    const underWay = walk.inbox.next(post);
    tell('made');
    const received = await underWay;
    tell('made');
    accepts(received);
    await settle();
    assert.deepEqual([events(), walk.clock.pending], [[post], [30_000]]);
    const first = received.body as Written;
    walk.inbox.on(patchOf(first), accepts);
    walk.clock.advance(30_000);
    await settle();
    assert.deepEqual(walk.inbox.bodies(patchOf(first)), [{ series: { count: 2, lastObservedTime: second(0) } }]);
  });

  it('makes a new Event when the first has expired, as a series from the beginning', async () => {
    const first = await begin();
    walk.inbox.on(patchOf(first), refuses(404, 'NotFound'), accepts);
    walk.inbox.on(post, accepts);
    walk.clock.advance(30_000);
    tell('made');
    await settle();
    assert.deepEqual(events(), [post, patchOf(first), post]);
    const series = { count: 2, lastObservedTime: second(30) };
    assert.deepEqual(walk.inbox.bodies(post)[1], { ...first, series });
  });

  it('takes it for new after ten quiet minutes, and not before', async () => {
    const first = await begin();
    walk.inbox.on(patchOf(first), accepts);
    walk.inbox.on(post, accepts);
    walk.clock.advance(599_999);
    tell('made');
    await settle();
    assert.deepEqual(events(), [post, patchOf(first)]);
    walk.clock.advance(600_000);
    tell('made');
    await settle();
    assert.deepEqual(events(), [post, patchOf(first), post]);
    assert.notEqual((walk.inbox.bodies(post)[1] as Written).metadata.name, first.metadata.name);
  });

  it('takes it for new when it could not be created', async () => {
    walk.inbox.on(post, refuses(403, 'Forbidden'), accepts);
    tell('made');
    await settle();
    walk.clock.advance(1);
    tell('made');
    await settle();
    assert.deepEqual(events(), [post, post]);
    assert.equal((walk.inbox.bodies(post)[1] as Written).series, undefined);
  });

  it('tells the whole count with the next repeat, when one could not be written', async () => {
    const first = await begin();
    walk.inbox.on(patchOf(first), refuses(403, 'Forbidden'), accepts);
    walk.clock.advance(30_000);
    tell('made');
    await settle();
    assert.deepEqual(walk.clock.pending, [], 'it tries again by itself');
    walk.clock.advance(30_000);
    tell('made');
    await settle();
    const counts = walk.inbox.bodies(patchOf(first)).map(countOf);
    assert.deepEqual(counts, [2, 3]);
  });

  it('repeats a patch of unknown outcome', async () => {
    const first = await begin();
    walk.inbox.on(patchOf(first), resets, accepts);
    walk.clock.advance(30_000);
    tell('made');
    await settle();
    const [one, two] = walk.inbox.bodies(patchOf(first));
    assert.deepEqual(two, one);
    assert.ok(walk.log.lines.every(({ level }) => level === 'info'));
  });

  it('writes what is left when it is to become idle, and leaves no timer', async () => {
    const [first, other] = [await begin('1'), await begin('2')];
    for (const each of [first, other]) walk.inbox.on(patchOf(each), accepts);
    tell('1', '2');
    const idle = walk.context.recorder.idle();
    // It waits behind the first one by now.
    tell('2');
    await idle;
    const counts = [first, other].flatMap((each) => walk.inbox.bodies(patchOf(each))).map(countOf);
    assert.deepEqual([counts, walk.clock.pending], [[2, 3], []]);
  });

  it('writes what is told of an Event that is under way, when it is to become idle', async () => {
    const underWay = walk.inbox.next(post);
    tell('made');
    const received = await underWay;
    tell('made');
    walk.inbox.on(patchOf(received.body as Written), accepts);
    const idle = walk.context.recorder.idle();
    accepts(received);
    await idle;
    assert.deepEqual(events(), [post, patchOf(received.body as Written)]);
  });

  it('drops what is left, and its timer, when its time is over', async () => {
    await begin();
    tell('made');
    assert.equal(walk.clock.pending.length, 1);
    walk.lifetime.abort();
    assert.deepEqual(walk.clock.pending, []);
    tell('made');
    assert.deepEqual(walk.clock.pending, []);
    await walk.context.recorder.idle();
    assert.deepEqual(events(), [post]);
  });
});
