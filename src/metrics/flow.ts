import type { MetricDefinition } from '../base/meter.ts';
import { kubeMetrics } from '../kube/metrics.ts';
import { prometheusMetrics } from '../prometheus/metrics.ts';

/** Every flow metric there is: the kit counts its own itself, and who looks at alarms does too. */
export const flowMetrics: readonly MetricDefinition[] = [
  ...Object.values(kubeMetrics),
  ...Object.values(prometheusMetrics),
];
