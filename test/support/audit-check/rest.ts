import { identityOf, isOperator, receivedMs, resourceOf, told, type AuditEntry } from './entries.ts';

/** A span of epoch ms: from, included, to, not included. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

const renewalMs = 2_000;

/** At rest an operator asks for nothing but its lease, of which it renews or reads one in two seconds at most. */
export function restViolations(
  entries: readonly AuditEntry[],
  { fromMs, toMs }: Window,
  { identity }: { readonly identity: string },
): string[] {
  const asked = entries.filter((entry) => {
    const atMs = receivedMs(entry);
    return isOperator(entry) && identityOf(entry) === identity && atMs >= fromMs && atMs < toMs;
  });
  // A watch that begins has a line for that and another one for its end.
  const requests = [...new Map(asked.map((entry) => [entry.auditID, entry])).values()];
  const [renewals, others] = [requests.filter(isRenewal), requests.filter((entry) => !isRenewal(entry))];
  const violations = others.map((entry) => told('A request at rest', entry));
  const allowed = Math.floor((toMs - fromMs) / renewalMs) + 1;
  const last = renewals.at(-1);
  if (last === undefined || renewals.length <= allowed) return violations;
  const tooMany = `${String(renewals.length)} renewals in ${String(toMs - fromMs)} ms, more than ${String(allowed)}`;
  return [...violations, told(tooMany, last)];
}

function isRenewal(entry: AuditEntry): boolean {
  return resourceOf(entry) === 'leases' && (entry.verb === 'update' || entry.verb === 'get');
}
