import { Client } from '../../src/kube/client.ts';
import { Informer, type InformerOptions } from '../../src/kube/cache/informer.ts';
import { Store } from '../../src/kube/cache/store.ts';
import { pods, type Pod } from './kube-objects.ts';
import { RecordingLog } from './recording.ts';
import type { Received } from './scripted-server.ts';
import { startBench, type Bench } from './transport.ts';

/** An informer of pods that runs against a scripted server, with a random number that is always 0. */
export interface InformerBench extends Bench {
  readonly store: Store<Pod>;
  readonly informer: Informer<Pod>;
  readonly log: RecordingLog;
  readonly lifetime: AbortController;
  /** Settles when the informer has ended. */
  readonly running: Promise<void>;
  /** Resolves after the next change of the store. */
  readonly changed: () => Promise<void>;
  /** Names and versions held, as `a@3`. */
  readonly held: () => readonly string[];
  /** Takes the next request and makes sure that it is a list, or a watch. */
  readonly nextList: () => Promise<Received>;
  readonly nextWatch: () => Promise<Received>;
  /** Waits until the head of the watch's answer is in, where the deadline of the call ends. */
  readonly begun: () => Promise<void>;
}

export async function startInformer(options: Partial<InformerOptions<Pod>> = {}): Promise<InformerBench> {
  const bench = await startBench();
  const { clock, meter, server, transport } = bench;
  const log = new RecordingLog();
  const store = new Store<Pod>({ resource: pods, clock, log, meter });
  const client = new Client(transport);
  const informer = new Informer({ client, store, resource: pods, log, clock, meter, random: () => 0, ...options });
  const lifetime = new AbortController();
  const running = informer.run(lifetime.signal);
  const stop = async (): Promise<void> => {
    lifetime.abort();
    await running;
    await bench.stop();
  };
  return {
    ...bench,
    store,
    informer,
    log,
    lifetime,
    running,
    stop,
    changed: () => nextChange(store),
    held: () => store.list().map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`),
    nextList: async () => expectWatch(await server.next(), false),
    nextWatch: async () => expectWatch(await server.next(), true),
    begun: async () => {
      while (clock.pending.includes(30_000)) await new Promise(setImmediate);
    },
  };
}

function nextChange(store: Store<Pod>): Promise<void> {
  return new Promise((resolve) => {
    const leave = store.onChange(() => {
      leave();
      resolve();
    });
  });
}

function expectWatch(received: Received, want: boolean): Received {
  if (received.query.has('watch') === want) return received;
  throw new Error(`Expected a ${want ? 'watch' : 'list'}, got ${received.path}?${received.query.toString()}`);
}
