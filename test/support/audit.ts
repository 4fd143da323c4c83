import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { AuditLog, auditViolations, isOperator, podCreations, type AuditEntry } from './audit-check.ts';
import { clusterSetting } from './cluster.ts';

let log: AuditLog | undefined;

/** What was asked in a namespace, as the API server saw it. */
export function auditOf(namespace: string): readonly AuditEntry[] {
  return allEntries().filter(({ objectRef }) => objectRef?.namespace === namespace);
}

/** What was asked by such a user agent, in whatever namespace or none. */
export function auditBy(agent: string): readonly AuditEntry[] {
  return allEntries().filter(({ userAgent }) => userAgent === agent);
}

/** Nodes are in no namespace. */
function auditOfNodes(): readonly AuditEntry[] {
  return allEntries().filter(({ objectRef }) => objectRef?.resource === 'nodes');
}

function allEntries(): readonly AuditEntry[] {
  log ??= new AuditLog(clusterSetting('ECS_OPERATOR_TEST_AUDIT_LOG'));
  return log.entries();
}

/** The names of the pods created in a namespace, one for each create that succeeded. */
export function podsCreated(namespace: string): readonly string[] {
  return podCreations(auditOf(namespace));
}

/**
 * The last tests of each file in which an operator works: it has broken no rule in that namespace. A suite of their own,
 * because mocha runs a suite's own tests before those of the suites in it.
 */
export function passesTheAudit(namespace: string, options: Parameters<typeof auditViolations>[1] = {}): void {
  describe('in the audit log', () => {
    it('has done nothing that is held against it', () => {
      const entries = auditOf(namespace);
      assert.ok(entries.some(isOperator), 'the audit log knows of no operator');
      assert.deepEqual(auditViolations([...entries, ...auditOfNodes()], options), []);
    });
  });
}
