import type { MetricDefinition } from '../base/meter.ts';
import { kubeMetrics } from '../kube/metrics.ts';

/** Every flow metric there is: the kit counts these itself. */
export const flowMetrics: readonly MetricDefinition[] = Object.values(kubeMetrics);
