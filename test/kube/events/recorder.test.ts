import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Client } from '../../../src/kube/client.ts';
import { kubeMetrics } from '../../../src/kube/metrics.ts';
import { Recorder } from '../../../src/kube/events/recorder.ts';
import { told as event, widget } from '../../support/events.ts';
import { accepts, refuses, replies, resets, type Answer } from '../../support/inbox.ts';
import { failure, pod, pods } from '../../support/kube-objects.ts';
import { RecordingLog } from '../../support/recording.ts';
import { startBench, type Bench } from '../../support/transport.ts';

/** The members of an event that vary. */
interface Body {
  readonly metadata: { readonly name: string };
  readonly eventTime: string;
  readonly reportingInstance: string;
  readonly note: string;
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
    const { meter, clock } = bench;
    recorder = new Recorder({ client, log, meter, clock, signal: lifetime.signal, identity: 'operator-1' });
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

  const dropped = (reason: string): number | undefined => bench.meter.value(kubeMetrics.eventsDropped, { reason });

  it('writes an event, and which process tells it', async () => {
    recorder.record(widget(), [event('made a pod')]);
    const received = await bench.server.next();
    assert.deepEqual([received.method, received.path], ['POST', '/apis/events.k8s.io/v1/namespaces/default/events']);
    const { note, reportingInstance } = received.body as Body;
    assert.deepEqual([note, reportingInstance], ['made a pod', 'operator-1']);
  });

  it('tells when it happened, not when it was written', async () => {
    recorder.record(widget(), [event('first'), event('second')]);
    const first = await bench.server.next();
    bench.clock.advance(10_000);
    accepts(first);
    assert.equal((await nextBody()).eventTime, '2026-01-01T00:00:00.000000Z');
  });

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

  /** The texts of the events that the log says were not written. */
  const complaints = (): unknown[] =>
    log.lines.filter(({ message }) => message === 'Event was not written').map(({ fields }) => fields['event']);

  it('warns once when an event is refused, and goes on with the next', async () => {
    recorder.record(widget(), [event('1'), event('2')]);
    assert.equal((await nextBody(refuses(403, 'Forbidden'))).note, '1');
    assert.deepEqual(await nextNotes(1), ['2']);
    assert.deepEqual([complaints(), dropped('failed')], [['1'], 1]);
  });

  it('does not warn of one in a namespace that is being deleted', async () => {
    const causes = [{ reason: 'NamespaceTerminating' }];
    recorder.record(widget(), [event('1'), event('2')]);
    await nextBody(replies(403, { ...failure(403, 'Forbidden'), details: { causes } }));
    assert.deepEqual(await nextNotes(1), ['2']);
    const [line] = log.lines.filter(({ message }) => message === 'Event was not written');
    assert.deepEqual([line?.level, dropped('failed')], ['debug', 1]);
  });

  const seconds: Record<string, Answer> = {
    'is accepted: the first had no effect': accepts,
    'meets the name of the first: it had come through': refuses(409, 'AlreadyExists'),
  };
  for (const [sentence, answer] of Object.entries(seconds)) {
    it(`repeats a create of unknown outcome under the same name, which ${sentence}`, async () => {
      recorder.record(widget(), [event('1'), event('2')]);
      const first = await nextBody(resets);
      assert.deepEqual(await nextBody(answer), first);
      assert.deepEqual(await nextNotes(1), ['2']);
      assert.deepEqual([complaints(), dropped('failed')], [[], undefined]);
    });
  }

  it('warns when the outcome of the second create is unknown as well, and goes on with the next', async () => {
    recorder.record(widget(), [event('1'), event('2')]);
    assert.equal((await nextBody(resets)).note, '1');
    assert.equal((await nextBody(resets)).note, '1');
    assert.deepEqual(await nextNotes(1), ['2']);
    assert.deepEqual([complaints(), dropped('failed')], [['1'], 1]);
  });

  /** So many objects, for an event each. */
  const many = (count: number): ReturnType<typeof widget>[] =>
    Array.from({ length: count }, (_, index) => widget({ name: String(index), uid: `uid-${String(index)}` }));

  it('keeps 1000 events that wait, and drops the newest beyond them, though it counts them all', async function () {
    this.timeout(10_000);
    recorder.record(widget(), [event('under way')]);
    const underWay = await bench.server.next();
    for (const each of many(1005)) recorder.record(each, [event(each.metadata.name)]);
    accepts(underWay);
    const notes = await nextNotes(1000);
    assert.deepEqual([notes[0], notes[999]], ['0', '999']);
    await roundTrip();
    assert.equal(dropped('backlog'), 5);
    recorder.record(widget(), [event('later')]);
    assert.deepEqual(await nextNotes(1), ['later']);
    assert.equal(bench.meter.value(kubeMetrics.events, { kind: 'Widget', type: 'Normal', reason: 'Made' }), 1007);
  });

  describe('about one object', () => {
    const burst = Array.from({ length: 30 }, (_, index) => event(String(index)));

    it('writes 25 events at once, and then one every ten seconds', async () => {
      recorder.record(widget(), burst);
      assert.equal((await nextNotes(25)).at(-1), '24');
      await roundTrip();
      assert.equal(dropped('rate-limit'), 5);
      bench.clock.advance(9_999);
      recorder.record(widget(), [event('too soon')]);
      bench.clock.advance(1);
      recorder.record(widget(), [event('in time'), event('too many')]);
      assert.deepEqual(await nextNotes(1), ['in time']);
      await roundTrip();
      assert.equal(dropped('rate-limit'), 7);
    });

    it('logs and counts what it does not write', () => {
      recorder.record(widget(), burst);
      assert.deepEqual([log.lines.length, log.lines.at(-1)?.message], [30, '29']);
      assert.equal(bench.meter.value(kubeMetrics.events, { kind: 'Widget', type: 'Normal', reason: 'Made' }), 30);
    });

    it('writes what is told, however much there is about another one', async () => {
      recorder.record(widget({ uid: 'uid-of-another' }), burst);
      recorder.record(widget(), [event('mine')]);
      assert.equal((await nextNotes(26)).at(-1), 'mine');
    });

    it('writes the repeats of an event, however much else there is', async () => {
      recorder.record(widget(), burst);
      await nextNotes(25);
      await roundTrip();
      bench.clock.advance(5_000);
      recorder.record(widget(), [event('0')]);
      void recorder.idle();
      const received = await bench.server.next();
      assert.deepEqual([received.method, dropped('rate-limit')], ['PATCH', 5]);
    });
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
