/** Something that happened, told once and heard in four places: Kubernetes event, counter, log line, `status.events`. */
export interface EventRecord {
  readonly type: 'Normal' | 'Warning';
  /** PascalCase, stable, low in number: it is a metric label. */
  readonly reason: string;
  /** What was done, for `events.k8s.io` (for example `Deploying`). */
  readonly action: string;
  readonly message: string;
}
