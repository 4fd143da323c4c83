import type { Fields, Log } from '../../src/base/log.ts';
import type { Labels, Meter, MetricDefinition } from '../../src/base/meter.ts';

/** A meter that can be asked: counters and gauges by value, histograms by number of observations. */
export class RecordingMeter implements Meter {
  readonly #values = new Map<string, number>();

  counter(definition: MetricDefinition) {
    return {
      add: (labels: Labels, by = 1) => {
        this.#set(definition, labels, (this.value(definition, labels) ?? 0) + by);
      },
    };
  }

  histogram(definition: MetricDefinition) {
    const count = this.counter(definition);
    return {
      observe: (labels: Labels) => {
        count.add(labels);
      },
    };
  }

  gauge(definition: MetricDefinition) {
    return {
      set: (labels: Labels, value: number) => {
        this.#set(definition, labels, value);
      },
    };
  }

  /** Undefined when that series was never touched. */
  value(definition: MetricDefinition, labels: Labels): number | undefined {
    return this.#values.get(seriesOf(definition, labels));
  }

  #set(definition: MetricDefinition, labels: Labels, value: number): void {
    const names = Object.keys(labels).sort().join();
    const want = [...definition.labels].sort().join();
    if (names !== want) throw new Error(`${definition.name} has labels ${want}, not ${names}`);
    this.#values.set(seriesOf(definition, labels), value);
  }
}

function seriesOf(definition: MetricDefinition, labels: Labels): string {
  const values = definition.labels.map((name) => `${name}=${labels[name] ?? ''}`);
  return `${definition.name}{${values.join()}}`;
}

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Fields;
}

/** A log that keeps its lines. */
export class RecordingLog implements Log {
  readonly lines: Line[];
  readonly #fields: Fields;

  constructor(lines: Line[] = [], fields: Fields = {}) {
    this.lines = lines;
    this.#fields = fields;
  }

  debug(message: string, fields: Fields = {}): void {
    this.#add('debug', message, fields);
  }

  info(message: string, fields: Fields = {}): void {
    this.#add('info', message, fields);
  }

  warn(message: string, fields: Fields = {}): void {
    this.#add('warn', message, fields);
  }

  error(message: string, error: unknown, fields: Fields = {}): void {
    this.#add('error', message, { ...fields, error });
  }

  with(fields: Fields): Log {
    return new RecordingLog(this.lines, { ...this.#fields, ...fields });
  }

  #add(level: Line['level'], message: string, fields: Fields): void {
    this.lines.push({ level, message, fields: { ...this.#fields, ...fields } });
  }
}
