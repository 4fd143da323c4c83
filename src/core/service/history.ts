import type { ServiceEvent } from '../../api/service-status.ts';
import type { Instant } from '../../base/clock.ts';
import type { EventRecord } from '../../base/events.ts';
import { contentHash } from '../../base/hash.ts';

/** What stays of `status.events`: ECS keeps the last 100; the bytes keep a status small enough for etcd. */
const keptEvents = 100;
const keptCharacters = 24 * 1024;

/** ECS suppresses a repeated message for up to six hours, and repeats the steady state about that often. */
export const repeatAfterMs = 6 * 60 * 60 * 1000;

/** `events` in front of `history`, newest first. */
export function addToHistory(
  history: readonly ServiceEvent[],
  events: readonly EventRecord[],
  at: { readonly now: Instant; readonly serviceUid: string },
): ServiceEvent[] {
  const added = events.map(({ message }, index) => ({
    id: uuidOf([at.serviceUid, at.now.epochMs, index, message]),
    createdAt: at.now.iso,
    message,
  }));
  return withinBounds([...added.toReversed(), ...history]);
}

/** Whether `message`, or one that it stands for, was said less than six hours ago. */
export function saidRecently(
  history: readonly ServiceEvent[],
  message: string | ((said: string) => boolean),
  now: Instant,
): boolean {
  const last = history.find((event) =>
    typeof message === 'string' ? event.message === message : message(event.message),
  );
  return last !== undefined && now.epochMs - Date.parse(last.createdAt) < repeatAfterMs;
}

function withinBounds(events: readonly ServiceEvent[]): ServiceEvent[] {
  let characters = 0;
  return events.slice(0, keptEvents).filter((event) => {
    characters += JSON.stringify(event).length;
    return characters <= keptCharacters;
  });
}

/** A UUID made from `parts`: the same event has the same id however often it is planned. */
function uuidOf(parts: readonly unknown[]): string {
  const hex = contentHash(parts);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
