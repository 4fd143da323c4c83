import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { operatorRights } from '../../deploy/local/demo/manifests.ts';
import { startOperator, type OperatorProcess } from '../../deploy/local/demo/operator.ts';

/** The cluster that the API tier runs on, and a namespace of it with an operator of its own. */

/** @throws Error when the tier was not started through `npm run test:api`. */
export function clusterSetting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run npm run test:api`);
  return value;
}

/** Path of the kubeconfig that operators run with: their service account has the rights of deploy/base and no others. */
export function operatorKubeconfig(): string {
  return clusterSetting('ECS_OPERATOR_TEST_OPERATOR_KUBECONFIG');
}

/** Runs kubectl as a user would. @returns what it prints. @throws Error with what it prints on stderr. */
export function kubectl(args: readonly string[], input?: string): Promise<string> {
  const all = ['--kubeconfig', clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG'), ...args];
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(clusterSetting('ECS_OPERATOR_TEST_KUBECTL'), all, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`kubectl ${args.join(' ')}: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
    child.stdin?.end(input);
  });
}

export async function kubectlJson<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await kubectl([...args, '-o', 'json'])) as T;
}

/** Applies objects as a user does. */
export function applyAll(...objects: readonly object[]): Promise<string> {
  return kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
}

/** Installs the CRDs of `crds/` and the operator's rights, and makes a namespace. */
export async function makeNamespace(name: string): Promise<void> {
  await kubectl(['apply', '--server-side', '-k', join(import.meta.dirname, '../../crds')]);
  await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  await kubectl(['apply', '--server-side', ...operatorRights.map((file) => `--filename=${file}`)]);
  await kubectl(['create', 'namespace', name]);
}

/** An operator that looks at one namespace only. */
export async function startOperatorIn(namespace: string): Promise<OperatorProcess> {
  const dir = mkdtempSync(join(tmpdir(), 'ecs-operator-test-'));
  const kubeconfig = operatorKubeconfig();
  const operator = await startOperator({ kubeconfig, dir, args: ['--namespaces', namespace] });
  const stop: OperatorProcess['stop'] = async (signal) => {
    await operator.stop(signal);
    rmSync(dir, { recursive: true, force: true });
  };
  return { ...operator, stop };
}

/**
 * Repeats `attempt` until it returns without throwing, every 200 ms.
 * @throws what it threw last, once `timeoutMs` have passed.
 */
export async function eventually<T>(attempt: () => Promise<T>, timeoutMs = 60_000): Promise<T> {
  for (const deadline = Date.now() + timeoutMs; ; await delay(200)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** One line of the API server's audit log, as far as the tests look at it. */
export interface AuditEntry {
  readonly verb: string;
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestObject?: { readonly metadata?: { readonly name?: string } };
}

/** What was done in a namespace, in order, as the API server saw it. */
export function auditOf(namespace: string): AuditEntry[] {
  return readFileSync(clusterSetting('ECS_OPERATOR_TEST_AUDIT_LOG'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEntry)
    .filter((entry) => entry.objectRef?.namespace === namespace);
}

/** The names of the pods created in a namespace, one for each create that succeeded. */
export function podsCreated(namespace: string): string[] {
  return auditOf(namespace)
    .filter((entry) => entry.verb === 'create' && entry.responseStatus?.code === 201)
    .filter(({ objectRef }) => objectRef?.resource === 'pods' && objectRef.subresource === undefined)
    .map(({ requestObject, objectRef }) => requestObject?.metadata?.name ?? objectRef?.name ?? '');
}
