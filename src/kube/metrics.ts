import type { MetricDefinition } from '../base/meter.ts';

const requests: MetricDefinition = {
  name: 'operator_kube_requests_total',
  help: 'Requests to the API server, one per attempt; code is the HTTP status, or none when no answer came',
  labels: ['verb', 'resource', 'code'],
};

const requestSeconds: MetricDefinition = {
  name: 'operator_kube_request_seconds',
  help: 'Time of one attempt, to the end of the answer (of a watch: to its start)',
  labels: ['verb', 'resource'],
};

const rateLimitSeconds: MetricDefinition = {
  name: 'operator_kube_rate_limit_wait_seconds',
  help: 'Time that requests waited for their turn under the client-side rate limit; absent without one',
  labels: [],
};

const watchEvents: MetricDefinition = {
  name: 'operator_watch_events_total',
  help: 'Events received on watches',
  labels: ['resource', 'type'],
};

const relists: MetricDefinition = {
  name: 'operator_relists_total',
  help: 'Full lists begun by informers, the first one included',
  labels: ['resource'],
};

const objects: MetricDefinition = {
  name: 'operator_store_objects',
  help: 'Objects held in memory',
  labels: ['resource'],
};

const callbackErrors: MetricDefinition = {
  name: 'operator_store_callback_errors_total',
  help: 'Listeners, index functions and projections that threw: each is a bug',
  labels: ['resource', 'callback'],
};

const queueDepth: MetricDefinition = {
  name: 'operator_queue_depth',
  help: 'Keys ready to be worked on',
  labels: ['queue'],
};

const queueAdds: MetricDefinition = {
  name: 'operator_queue_adds_total',
  help: 'Keys that became ready',
  labels: ['queue'],
};

const queueSeconds: MetricDefinition = {
  name: 'operator_queue_wait_seconds',
  help: 'Time from ready to handed out',
  labels: ['queue'],
};

const queueRetries: MetricDefinition = {
  name: 'operator_queue_retries_total',
  help: 'Keys put back after a failure',
  labels: ['queue'],
};

const reconcileSeconds: MetricDefinition = {
  name: 'operator_reconcile_seconds',
  help: 'Time of one reconcile; result is success, conflict (met a newer object, tried again) or error',
  labels: ['controller', 'result'],
};

const violations: MetricDefinition = {
  name: 'ecs_invariant_violations_total',
  help: 'Plans with steps that would have broken a promise, such as a bound of a deployment: they were withheld, and each is a bug',
  labels: ['controller', 'invariant'],
};

const events: MetricDefinition = {
  name: 'operator_events_total',
  help: 'Events recorded about objects',
  labels: ['kind', 'type', 'reason'],
};

const eventsDropped: MetricDefinition = {
  name: 'operator_events_dropped_total',
  help: 'Events that were only logged; reason is rate-limit (too many about one object), backlog (too many waiting) or failed',
  labels: ['reason'],
};

const leader: MetricDefinition = {
  name: 'operator_leader',
  help: 'Whether this process works, 1 or 0: it holds the lease, or runs without leader election',
  labels: [],
};

/** Every flow metric of the kit. */
export const kubeMetrics = {
  requests,
  requestSeconds,
  rateLimitSeconds,
  watchEvents,
  relists,
  objects,
  callbackErrors,
  queueDepth,
  queueAdds,
  queueSeconds,
  queueRetries,
  reconcileSeconds,
  violations,
  events,
  eventsDropped,
  leader,
} as const satisfies Record<string, MetricDefinition>;
