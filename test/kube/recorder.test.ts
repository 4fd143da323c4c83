import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { EventRecord } from '../../src/base/events.ts';
import { kubeMetrics } from '../../src/kube/metrics.ts';
import { Recorder } from '../../src/kube/recorder.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { deepFreeze } from '../support/builders.ts';
import { accepts, refuses, resets } from '../support/inbox.ts';
import { pods } from '../support/kube-objects.ts';
import type { Received } from '../support/scripted-server.ts';
import { startWalk, type Walk } from '../support/walk.ts';

const post = 'POST /apis/events.k8s.io/v1/namespaces/default/events';

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
  let walk: Walk;
  let recorder: Recorder;

  beforeEach(async () => {
    walk = await startWalk([], (received) => {
      waiting.push(received);
    });
    const { client, log, meter, clock, lifetime } = walk;
    recorder = new Recorder({ client, log, meter, clock, signal: lifetime.signal });
  });

  afterEach(async () => {
    await walk.stop();
  });

  const waiting: Received[] = [];

  /** Takes the next event and answers it. */
  async function nextBody(request = post): Promise<Body> {
    const received = await walk.inbox.next(request);
    accepts(received);
    return received.body as Body;
  }
});
