import type { EventRecord } from '../../src/base/events.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { deepFreeze } from './builders.ts';

/** The object that events are told about. */
export function widget(metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  const own = { name: 'w', namespace: 'default', uid: 'uid-w', resourceVersion: '3' };
  return deepFreeze({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { ...own, ...metadata } });
}

/** An event that was told. */
export function told(message: string, rest: Partial<EventRecord> = {}): EventRecord {
  return { type: 'Normal', reason: 'Made', action: 'Make', message, ...rest };
}
