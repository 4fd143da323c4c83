import { Client } from '../../src/kube/client.ts';
import type { ReconcileContext } from '../../src/kube/controller.ts';
import type { Cache } from '../../src/kube/manager.ts';
import { Recorder } from '../../src/kube/events/recorder.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { Store } from '../../src/kube/cache/store.ts';
import { StatusWriter } from '../../src/kube/writes/status.ts';
import { TerminatingNamespaces } from '../../src/kube/writes/terminating.ts';
import { Stores } from '../../src/kube/cache/stores.ts';
import { Unsettled } from '../../src/kube/writes/unsettled.ts';
import { Inbox, refusesUnexpected, type Answer } from './inbox.ts';
import { RecordingLog } from './recording.ts';
import { startBench, type Bench } from './transport.ts';

/** What a reconcile works with, on a scripted server, with stores that the test fills by hand. */
export interface Walk extends Bench {
  readonly inbox: Inbox;
  readonly client: Client;
  readonly stores: Stores;
  readonly log: RecordingLog;
  readonly lifetime: AbortController;
  readonly context: ReconcileContext;
}

/** `otherwise` answers the requests that no test has asked for. */
export async function startWalk(caches: readonly Cache[], otherwise: Answer = refusesUnexpected): Promise<Walk> {
  const bench = await startBench();
  const { clock, meter, server, transport } = bench;
  const log = new RecordingLog();
  const client = new Client(transport);
  const lifetime = new AbortController();
  const { signal } = lifetime;
  const stores = new Stores();
  for (const each of caches) stores.add(each.resource, new Store<KubeObject>({ ...each, clock, log, meter }));
  const act = { client, stores, signal, clock, log, meter };
  const recorder = new Recorder({ ...act, identity: 'operator-1' });
  const [statuses, terminating] = [new StatusWriter(act), new TerminatingNamespaces(act)];
  const context = { ...act, recorder, statuses, terminating, unsettled: new Unsettled() };
  const stop = async (): Promise<void> => {
    lifetime.abort();
    await bench.stop();
  };
  return { ...bench, inbox: new Inbox(server, otherwise), client, stores, log, lifetime, context, stop };
}
