/** What a metric is called and which labels it carries. Units are in the name (`_seconds`, `_total`). */
export interface MetricDefinition {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

/** The metrics port for things that flow (requests, reconciles, events); state is computed at scrape instead. */
export interface Meter {
  counter(definition: MetricDefinition): { add(labels: Labels, by?: number): void };
  /** Durations in seconds. */
  histogram(definition: MetricDefinition): { observe(labels: Labels, seconds: number): void };
  gauge(definition: MetricDefinition): { set(labels: Labels, value: number): void };
}
