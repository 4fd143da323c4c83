import type { Clock } from '../base/clock.ts';
import type { EventRecord } from '../base/events.ts';
import type { Log } from '../base/log.ts';
import type { Meter } from '../base/meter.ts';
import type { Client } from './client.ts';
import { kubeMetrics } from './metrics.ts';
import type { Permission } from './permissions.ts';
import type { KubeObject, Resource } from './resource.ts';

const events: Resource<KubeObject> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

/** What telling events takes: those that repeat are patched. */
export const recorderPermissions: readonly Permission[] = [
  { verb: 'create', resource: events },
  { verb: 'patch', resource: events },
];

/** Events waiting to be written, at most; beyond it the newest are only logged and counted. */
const longestBacklog = 1000;
/** Bytes: the API server refuses a longer one. */
const longestNote = 1024;

/**
 * Tells what happened: to the log, to a counter, and as Kubernetes events. Writing those is best effort and off the
 * reconcile's path: one at a time, and a failure is a warning in the log.
 */
export class Recorder {
  readonly #deps: { client: Client; log: Log; meter: Meter; clock: Clock; signal: AbortSignal };
  readonly #counter: ReturnType<Meter['counter']>;
  readonly #backlog: { readonly object: KubeObject; readonly event: EventRecord; readonly at: number }[] = [];
  #pumping: Promise<void> | undefined;

  constructor(deps: { client: Client; log: Log; meter: Meter; clock: Clock; signal: AbortSignal }) {
    this.#deps = deps;
    this.#counter = deps.meter.counter(kubeMetrics.events);
  }

  record(object: KubeObject, records: readonly EventRecord[]): void {
    for (const event of records) {
      const { namespace, name } = object.metadata;
      this.#counter.add({ kind: object.kind, type: event.type, reason: event.reason });
      this.#deps.log.info(event.message, { kind: object.kind, namespace, name, reason: event.reason });
      if (this.#backlog.length < longestBacklog) this.#backlog.push({ object, event, at: this.#deps.clock.now() });
    }
    if (this.#backlog.length > 0 && !this.#deps.signal.aborted) this.#pumping ??= this.#pump();
  }

  /** Resolves when nothing waits to be written any more, or the signal aborts. */
  async idle(): Promise<void> {
    await this.#pumping;
  }

  async #pump(): Promise<void> {
    for (let next = this.#backlog.shift(); next; next = this.#backlog.shift()) {
      if (this.#deps.signal.aborted) break;
      await this.#write(next);
    }
    this.#pumping = undefined;
  }

  async #write(item: { readonly object: KubeObject; readonly event: EventRecord; readonly at: number }): Promise<void> {
    const { client, log, signal } = this.#deps;
    const body = eventBody(item);
    try {
      await client.create(events, body.metadata.namespace, body, signal);
    } catch (error) {
      if (!signal.aborted) log.warn('Event was not written', { error, event: body.note });
    }
  }
}

/** The text in at most so many bytes of UTF-8, without half a character at its end. */
function cut(text: string, bytes: number): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, bytes), { stream: true });
}

function eventBody({
  object,
  event,
  at,
}: {
  readonly object: KubeObject;
  readonly event: EventRecord;
  readonly at: number;
}) {
  const { name, uid, namespace = 'default', resourceVersion } = object.metadata;
  const { apiVersion, kind } = object;
  return {
    metadata: { generateName: `${name}-`, namespace },
    // MicroTime: six decimals, or the API server refuses it.
    eventTime: new Date(at).toISOString().replace('Z', '000Z'),
    reportingController: 'ecs-operator.dev/ecs-operator',
    reportingInstance: 'ecs-operator',
    action: event.action,
    reason: event.reason,
    type: event.type,
    note: cut(event.message, longestNote),
    regarding: { apiVersion, kind, name, namespace, uid, resourceVersion },
  };
}
