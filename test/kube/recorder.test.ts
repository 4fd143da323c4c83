import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { EventRecord } from '../../src/base/events.ts';
import { Client } from '../../src/kube/client.ts';
import { kubeMetrics } from '../../src/kube/metrics.ts';
import { Recorder } from '../../src/kube/recorder.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { deepFreeze } from '../support/builders.ts';
import { accepts, refuses, resets, type Answer } from '../support/inbox.ts';
import { pod, pods } from '../support/kube-objects.ts';
import { RecordingLog } from '../support/recording.ts';
import { startBench, type Bench } from '../support/transport.ts';

function widget(metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  const own = { name: 'w', namespace: 'default', uid: 'uid-w', resourceVersion: '3' };
  return deepFreeze({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { ...own, ...metadata } });
}

function event(message: string, rest: Partial<EventRecord> = {}): EventRecord {
  return { type: 'Normal', reason: 'Made', action: 'Make', message, ...rest };
}

/** The members of an event that vary. */
interface Body {
  readonly metadata: { readonly generateName: string; readonly namespace: string };
  readonly eventTime: string;
  readonly note: string;
  readonly regarding: object;
}

describe('Recorder', () => {
  let bench: Bench;
  let log: RecordingLog;
  let client: Client;
  let lifetime: AbortController;
  let recorder: Recorder;

  beforeEach(async () => {
    bench = await startBench();
    log = new RecordingLog();
    client = new Client(bench.transport);
    lifetime = new AbortController();
    recorder = new Recorder({ client, log, meter: bench.meter, clock: bench.clock, signal: lifetime.signal });
  });

  afterEach(async () => {
    lifetime.abort();
    await bench.stop();
  });

  /** Takes the next event, answers it, and returns its body. */
  async function nextBody(answer: Answer = accepts): Promise<Body> {
    const received = await bench.server.next();
    answer(received);
    return received.body as Body;
  }

  async function nextNotes(count: number): Promise<string[]> {
    const notes: string[] = [];
    while (notes.length < count) notes.push((await nextBody()).note);
    return notes;
  }

  /** Asks for something and answers it: whatever was to be sent or heard by now has been. */
  async function roundTrip(): Promise<void> {
    const answer = client.get(pods, { namespace: 'default', name: 'other' });
    const received = await bench.server.next();
    assert.equal(received.method, 'GET');
    received.reply(200, pod('other', 1));
    await answer;
  }

  it('writes an event as events.k8s.io wants it', async () => {
    bench.clock.advance(1234);
    recorder.record(widget(), [event('made a pod', { type: 'Warning' })]);
    const received = await bench.server.next();
    assert.deepEqual([received.method, received.path], ['POST', '/apis/events.k8s.io/v1/namespaces/default/events']);
    assert.deepEqual(received.body, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { generateName: 'w-', namespace: 'default' },
      eventTime: '2026-01-01T00:00:01.234000Z',
      reportingController: 'ecs-operator.dev/ecs-operator',
      reportingInstance: 'ecs-operator',
      action: 'Make',
      reason: 'Made',
      type: 'Warning',
      note: 'made a pod',
      regarding: {
        apiVersion: 'example.com/v1',
        kind: 'Widget',
        name: 'w',
        namespace: 'default',
        uid: 'uid-w',
        resourceVersion: '3',
      },
    });
  });

  it('writes about a cluster-scoped object into the namespace default, as Kubernetes demands', async () => {
    const { namespace: _, ...metadata } = widget().metadata;
    recorder.record({ ...widget(), metadata }, [event('made')]);
    assert.equal((await nextBody()).metadata.namespace, 'default');
  });

  const names = { 'an ordinary name': 'web', 'a name of 63 characters': 'x'.repeat(63), 'a name with dots': 'a.b.c' };
  for (const [sentence, name] of Object.entries(names)) {
    it(`names its events after ${sentence}, as the beginning of a DNS name`, async () => {
      recorder.record(widget({ name }), [event('made')]);
      const { generateName } = (await nextBody()).metadata;
      // The API server cuts it to 58 characters and adds five of its own.
      assert.match(`${generateName.slice(0, 58)}abcde`, /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9-]+)*$/);
      assert.ok(generateName.startsWith(name));
    });
  }

  it('tells when it happened, not when it was written', async () => {
    recorder.record(widget(), [event('first'), event('second')]);
    const first = await bench.server.next();
    bench.clock.advance(10_000);
    accepts(first);
    assert.equal((await nextBody()).eventTime, '2026-01-01T00:00:00.000000Z');
  });

  const notes: Record<string, { readonly message: string; readonly want: string }> = {
    'of 1024 bytes as it is': { message: 'x'.repeat(1024), want: 'x'.repeat(1024) },
    'that is longer to the 1024 bytes that the API server takes': {
      message: `${'x'.repeat(1024)}z`,
      want: 'x'.repeat(1024),
    },
    'of 1024 characters that take more bytes, and no character in two': {
      message: `${'x'.repeat(1023)}…`,
      want: 'x'.repeat(1023),
    },
  };
  for (const [sentence, { message, want }] of Object.entries(notes)) {
    it(`writes a note ${sentence}`, async () => {
      recorder.record(widget(), [event(message)]);
      assert.deepEqual(await nextNotes(1), [want]);
    });
  }

  it('writes one at a time, in the order in which things happened', async () => {
    recorder.record(widget(), [event('1'), event('2')]);
    recorder.record(widget(), [event('3')]);
    const first = await bench.server.next();
    await roundTrip();
    accepts(first);
    assert.deepEqual(await nextNotes(2), ['2', '3']);
  });

  it('writes again after it had nothing to write', async () => {
    recorder.record(widget(), [event('1')]);
    await nextNotes(1);
    await roundTrip();
    recorder.record(widget(), []);
    recorder.record(widget(), [event('2')]);
    assert.deepEqual(await nextNotes(1), ['2']);
  });

  it('counts what happened and tells the log', () => {
    recorder.record(widget(), [event('1'), event('2'), event('3', { type: 'Warning', reason: 'Failed' })]);
    const value = (type: string, reason: string): number | undefined =>
      bench.meter.value(kubeMetrics.events, { kind: 'Widget', type, reason });
    assert.deepEqual([value('Normal', 'Made'), value('Warning', 'Failed')], [2, 1]);
    const fields = { kind: 'Widget', namespace: 'default', name: 'w' };
    assert.deepEqual(log.lines, [
      { level: 'info', message: '1', fields: { ...fields, reason: 'Made' } },
      { level: 'info', message: '2', fields: { ...fields, reason: 'Made' } },
      { level: 'info', message: '3', fields: { ...fields, reason: 'Failed' } },
    ]);
  });

  const failures: Record<string, Answer> = {
    'is refused': refuses(403, 'Forbidden'),
    'is of unknown outcome': resets,
  };
  for (const [sentence, answer] of Object.entries(failures)) {
    it(`warns once when an event ${sentence}, and goes on with the next`, async () => {
      recorder.record(widget(), [event('1'), event('2')]);
      assert.equal((await nextBody(answer)).note, '1');
      assert.deepEqual(await nextNotes(1), ['2']);
      const warnings = log.lines.filter(({ level }) => level !== 'info');
      assert.deepEqual(
        warnings.map(({ level, message, fields }) => [level, message, fields['event']]),
        [['warn', 'Event was not written', '1']],
      );
    });
  }

  it('keeps 1000 events that wait, and drops the newest beyond them, though it counts them all', async function () {
    this.timeout(10_000);
    recorder.record(widget(), [event('under way')]);
    const underWay = await bench.server.next();
    recorder.record(
      widget(),
      Array.from({ length: 1005 }, (_, index) => event(String(index))),
    );
    accepts(underWay);
    const notes = await nextNotes(1000);
    assert.deepEqual([notes[0], notes[999]], ['0', '999']);
    await roundTrip();
    recorder.record(widget(), [event('later')]);
    assert.deepEqual(await nextNotes(1), ['later']);
    assert.equal(bench.meter.value(kubeMetrics.events, { kind: 'Widget', type: 'Normal', reason: 'Made' }), 1007);
  });

  it('writes nothing once its time is over, and does not complain', async () => {
    recorder.record(widget(), [event('1'), event('2')]);
    const first = await bench.server.next();
    lifetime.abort();
    await first.closed;
    recorder.record(widget(), [event('3')]);
    await roundTrip();
    assert.deepEqual(
      log.lines.map(({ level }) => level),
      ['info', 'info', 'info'],
    );
  });
});
