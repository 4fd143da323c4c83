import type { MetricDefinition } from '../base/meter.ts';
import { paragraphs, table } from './markdown.ts';

/** The table of metrics, for people who write alerts. */
export function renderMetrics(state: readonly MetricDefinition[], flow: readonly MetricDefinition[]): string {
  return `${paragraphs([
    '# Metrics',
    '<!-- Generated from src/metrics, src/kube/metrics.ts and src/prometheus/metrics.ts by `npm run generate`. Change the rows there, not this file. -->',
    'Served as `/metrics` (see `--metrics-address`), beside those of the Node.js process.',
    '## State',
    'Computed at each scrape from what the operator holds in memory. A series goes when its object goes.',
    metricTable(state),
    '## Flow',
    'Counted as things happen. Durations are histograms in seconds.',
    metricTable(flow),
  ])}\n`;
}

function metricTable(metrics: readonly MetricDefinition[]): string {
  const rows = metrics.map(({ name, labels, help }) => [
    `\`${name}\``,
    labels.map((label) => `\`${label}\``).join(', '),
    help.replace(/\.?$/, '.'),
  ]);
  return table(['Metric', 'Labels', 'Meaning'], rows);
}
