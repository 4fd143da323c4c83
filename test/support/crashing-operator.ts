import { systemClock } from '../../src/base/clock.ts';
import { caches } from '../../src/controllers/caches.ts';
import { controllersWith, defaultSettings } from '../../src/controllers/index.ts';
import { Client } from '../../src/kube/client.ts';
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts';
import { noFeatures } from '../../src/kube/features.ts';
import { Manager } from '../../src/kube/manager.ts';
import { Transport } from '../../src/kube/transport.ts';
import { RecordingLog, RecordingMeter } from './recording.ts';

/** One operator after the other in a namespace: each knows nothing of those before. */
export class CrashingOperator {
  readonly #kubeconfig: string;
  readonly #namespace: string;
  /** Of all of them. */
  readonly log = new RecordingLog();
  #lives = 0;
  #end: () => Promise<void> = () => Promise.resolve();
  #isOver = false;

  constructor(options: { readonly kubeconfig: string; readonly namespace: string }) {
    this.#kubeconfig = options.kubeconfig;
    this.#namespace = options.namespace;
  }

  /** How many there have been so far. */
  get lives(): number {
    return this.#lives;
  }

  start(): void {
    this.#lives++;
    const namespaces = [this.#namespace];
    const identity = `${this.#namespace}_${String(this.#lives)}`;
    const common = { log: this.log, meter: new RecordingMeter(), clock: systemClock };
    const kubeConfig = loadKubeConfig(this.#kubeconfig);
    const transport = new Transport({ kubeConfig, userAgent: `ecs-operator/${identity}`, ...common });
    const client = new Client(transport);
    const options = {
      client,
      identity,
      caches,
      controllers: controllersWith(defaultSettings),
      namespaces,
      concurrency: 4,
      random: Math.random,
    };
    const findFeatures = (): Promise<typeof noFeatures> => Promise.resolve(noFeatures);
    const manager = new Manager({ ...options, findFeatures, ...common });
    const lifetime = new AbortController();
    const running = manager.run(lifetime.signal, lifetime.signal);
    this.#end = async () => {
      lifetime.abort();
      await running;
      await transport.close();
    };
  }

  /** Drops everything in the middle of what it does, and begins anew. */
  crash(): void {
    const end = this.#end;
    void end();
    if (!this.#isOver) this.start();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#end();
  }
}
