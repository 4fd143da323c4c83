import type { Log } from '../../base/log.ts';
import type { Meter } from '../../base/meter.ts';
import { kubeMetrics } from '../metrics.ts';

/** Calls what others have given to a store: where that throws, it is told, and the store goes on. */
export class Guard {
  readonly #resource: string;
  readonly #log: Log;
  readonly #errors: ReturnType<Meter['counter']>;

  /** @param resource plural, for the log and the metric. */
  constructor(resource: string, { log, meter }: { readonly log: Log; readonly meter: Meter }) {
    this.#resource = resource;
    this.#log = log;
    this.#errors = meter.counter(kubeMetrics.callbackErrors);
  }

  /** What `call` returns, or `otherwise` where it throws. */
  run<R>(callback: 'listener' | 'index' | 'project', call: () => R, otherwise: R): R {
    try {
      return call();
    } catch (error) {
      const labels = { resource: this.#resource, callback };
      this.#errors.add(labels);
      this.#log.error('Store callback failed', error, labels);
      return otherwise;
    }
  }
}
