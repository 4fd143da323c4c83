import type { EventRecord } from '../../base/events.ts';
import { contentHash } from '../../base/hash.ts';
import type { KubeObject } from '../resource.ts';

/** What we write of an Event of `events.k8s.io/v1`; all of it is immutable there. */
export interface EventBody {
  readonly metadata: { readonly name: string; readonly namespace: string };
  /** When it happened first. */
  readonly eventTime: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly action: string;
  readonly reason: string;
  readonly type: EventRecord['type'];
  readonly note: string;
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
}

/** Something that happened to an object. */
export interface Happening {
  readonly object: KubeObject;
  readonly event: EventRecord;
  /** Epoch ms. */
  readonly atMs: number;
  /** Which process tells it. */
  readonly instance: string;
}

/** Bytes: the API server refuses longer ones. */
const longestNote = 1024;
const longestInstance = 128;
/** Of a name, so that a dot and 16 hex digits fit behind it. */
const longestPrefix = 253 - 17;

/** The same for events that Kubernetes shows as one that happened several times. */
export function sameness({ object, event }: Pick<Happening, 'object' | 'event'>): string {
  return contentHash([object.metadata.uid, event.type, event.reason, event.action, event.message]);
}

/**
 * The Event of a happening. Its name follows from what happened, when and who tells it, so that a create of unknown
 * outcome can be repeated.
 */
export function eventBody(happening: Happening): EventBody {
  const { object, event, atMs, instance } = happening;
  const { name, uid, namespace = 'default', resourceVersion } = object.metadata;
  const { apiVersion, kind } = object;
  const hash = contentHash([sameness(happening), atMs, instance]).slice(0, 16);
  return {
    metadata: { name: `${name.slice(0, longestPrefix).replace(/[-.]+$/, '')}.${hash}`, namespace },
    eventTime: microTime(atMs),
    reportingController: 'ecs-operator.dev/ecs-operator',
    reportingInstance: cut(instance, longestInstance),
    action: event.action,
    reason: event.reason,
    type: event.type,
    note: cut(event.message, longestNote),
    regarding: { apiVersion, kind, name, namespace, uid, resourceVersion },
  };
}

/** MicroTime: six decimals, or the API server refuses it. */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}

/** The text in at most so many bytes of UTF-8, without half a character at its end. */
function cut(text: string, bytes: number): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, bytes), { stream: true });
}
