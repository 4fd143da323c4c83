import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Meter, MetricDefinition } from '../base/meter.ts';
import { catalog, type MetricsView } from './catalog.ts';

/** Upper bounds of duration buckets, seconds: from a reconcile that does nothing to a call that hits its deadline. */
const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30];

/** The prom-client adapter: flow metrics through the `Meter` port, state metrics computed at each scrape. */
export class Exporter {
  readonly #registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Flow metrics. Asking twice for the same name gives the same metric. */
  readonly meter: Meter = {
    counter: (definition) => {
      const counter = this.#once(definition, (options) => new Counter(options));
      return { add: (labels, by = 1) => counter.inc(labels, by) };
    },
    histogram: (definition) => {
      const histogram = this.#once(definition, (options) => new Histogram({ ...options, buckets }));
      return { observe: (labels, seconds) => histogram.observe(labels, seconds) };
    },
    gauge: (definition) => {
      const gauge = this.#once(definition, (options) => new Gauge(options));
      return { set: (labels, value) => gauge.set(labels, value) };
    },
  };

  /** Registers every metric of the catalogue, to be computed from what `view` returns at each scrape. */
  exportState(view: () => MetricsView): void {
    for (const metric of catalog) {
      new Gauge({
        ...this.#options(metric),
        collect() {
          this.reset();
          for (const { labels, value } of metric.samples(view())) this.set(labels, value);
        },
      });
    }
  }

  /** The text of `/metrics`, and its content type. */
  async scrape(): Promise<{ readonly body: string; readonly contentType: string }> {
    return { body: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }

  #options({ name, help, labels }: MetricDefinition): OptionsOf {
    return { name, help, labelNames: [...labels], registers: [this.#registry] };
  }

  #once<T extends object>(definition: MetricDefinition, create: (options: OptionsOf) => T): T {
    const known = this.#registry.getSingleMetric(definition.name) as T | undefined;
    return known ?? create(this.#options(definition));
  }
}

interface OptionsOf {
  name: string;
  help: string;
  labelNames: string[];
  registers: Registry[];
}
