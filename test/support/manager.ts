import { Client } from '../../src/kube/client.ts';
import type { Controller, ReconcileContext } from '../../src/kube/controller.ts';
import { noFeatures, type ServerFeatures } from '../../src/kube/features.ts';
import { Manager, type ManagerOptions } from '../../src/kube/manager.ts';
import { Inbox, replies } from './inbox.ts';
import { podList } from './kube-objects.ts';
import { RecordingLog } from './recording.ts';
import { startBench, type Bench } from './transport.ts';

/** A reconcile that was begun, to be ended by the test. */
export interface Begun {
  readonly controller: string;
  readonly key: string;
  readonly context: ReconcileContext;
  /** Ends it well; `wakeAtMs` is when to look again. */
  readonly done: (wakeAtMs?: number) => void;
  readonly fails: (error: Error) => void;
}

/** Reconciles that wait for the test, as requests do in a scripted server. */
export class Reconciles {
  readonly #begun: Begun[] = [];
  readonly #takers: ((begun: Begun) => void)[] = [];

  /** Begun and not taken yet. */
  get waiting(): readonly string[] {
    return this.#begun.map(({ controller, key }) => `${controller} ${key}`);
  }

  /** The next one, in order of their beginnings. */
  next(): Promise<Begun> {
    const begun = this.#begun.shift();
    if (begun) return Promise.resolve(begun);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  /** Takes so many and ends them well; returns what they were, in the order of their names. */
  async finish(count: number): Promise<readonly string[]> {
    const told: string[] = [];
    while (told.length < count) {
      const { controller, key, done } = await this.next();
      told.push(`${controller} ${key}`);
      done();
    }
    return told.sort();
  }

  /** A controller all of whose reconciles wait here. */
  controller(parts: Omit<Controller, 'reconcile' | 'writes'>): Controller {
    const reconcile = (key: string, context: ReconcileContext): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const begun = { controller: parts.name, key, context, done: resolve, fails: reject };
        const taker = this.#takers.shift();
        if (taker) taker(begun);
        else this.#begun.push(begun);
      });
    return { ...parts, writes: [], reconcile };
  }
}

/** A manager that runs against a scripted server, with a random number that is always 0. */
export interface ManagerBench extends Bench {
  readonly inbox: Inbox;
  readonly log: RecordingLog;
  readonly manager: Manager;
  /** Aborts: finish what is under way. */
  readonly stopping: AbortController;
  /** Aborts: drop everything. */
  readonly lifetime: AbortController;
  readonly running: Promise<void>;
  /** Answers the next list of that path. */
  readonly list: (path: string, ...items: Parameters<typeof podList>[1]) => void;
}

export async function startManager(
  options: Pick<ManagerOptions, 'caches' | 'controllers'> & Partial<ManagerOptions>,
): Promise<ManagerBench> {
  const bench = await startBench();
  const { clock, meter, server, transport } = bench;
  const inbox = new Inbox(server);
  const log = new RecordingLog();
  const client = new Client(transport);
  const findFeatures = (): Promise<ServerFeatures> => Promise.resolve(noFeatures);
  const own = { random: () => 0, concurrency: 4, identity: 'operator-1', findFeatures };
  const manager = new Manager({ client, log, clock, meter, ...own, ...options });
  const stopping = new AbortController();
  const lifetime = new AbortController();
  const running = manager.run(stopping.signal, lifetime.signal);
  const stop = async (): Promise<void> => {
    lifetime.abort();
    await bench.stop();
  };
  const list: ManagerBench['list'] = (path, ...items) => {
    inbox.on(`GET ${path}`, replies(200, podList(9, items)));
  };
  return { ...bench, inbox, log, manager, stopping, lifetime, running, stop, list };
}
