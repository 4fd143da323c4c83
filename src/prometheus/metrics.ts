import type { MetricDefinition } from '../base/meter.ts';

const errors: MetricDefinition = {
  name: 'ecs_prometheus_errors_total',
  help: 'Looks at alarms that failed; request is rules (the alerting rules) or query (the expression of one alarm)',
  labels: ['request'],
};

const lastSuccess: MetricDefinition = {
  name: 'ecs_prometheus_last_success_timestamp_seconds',
  help: 'When Prometheus has answered last, in seconds since 1970; it is asked only while a deployment with alarms is in progress',
  labels: [],
};

const watched: MetricDefinition = {
  name: 'ecs_prometheus_watched_deployments',
  help: 'Deployments in progress whose alarms are looked at',
  labels: [],
};

/** Every flow metric about alarms. */
export const prometheusMetrics = { errors, lastSuccess, watched } as const satisfies Record<string, MetricDefinition>;
