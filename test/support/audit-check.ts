import { boundsViolations, type Doubts } from './audit-check/bounds.ts';
import { answered, type AuditEntry } from './audit-check/entries.ts';
import { protectionViolations } from './audit-check/protection.ts';
import { recordViolations } from './audit-check/records.ts';
import { startViolations } from './audit-check/starts.ts';
import { writeViolations } from './audit-check/writes.ts';

export { AuditLog, isOperator, receivedMs, type AuditEntry } from './audit-check/entries.ts';
export { restViolations, type Window } from './audit-check/rest.ts';
export { podCreations } from './audit-check/starts.ts';

/** How old the operator's knowledge of what others did may be, unless something holds its watches back. */
const usualStaleMs = 3_000;

/** What an operator has as --node-loss-seconds, unless it is told otherwise. */
const usualNodeLossMs = 60_000;

/**
 * What the operator has done wrong, in words; empty when all is well. Everything is computed anew from the API server's
 * audit log and from ECS's rules: this code shares nothing with the operator's.
 */
export function auditViolations(
  entries: readonly AuditEntry[],
  { staleMs = usualStaleMs, nodeLossMs = usualNodeLossMs }: Partial<Doubts> = {},
): string[] {
  const ended = answered(entries);
  return [
    ...startViolations(ended),
    ...boundsViolations(ended, { staleMs, nodeLossMs }),
    ...protectionViolations(ended, staleMs),
    ...writeViolations(ended),
    ...recordViolations(ended),
  ];
}
