import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { operatorRights } from '../../deploy/local/demo/manifests.ts';
import { startOperator, type OperatorProcess } from '../../deploy/local/demo/operator.ts';
import { FaultProxy } from './fault-proxy.ts';

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

/** The arguments by which an operator looks at one namespace only. */
export function onlyIn(namespace: string): readonly string[] {
  return ['--namespaces', namespace];
}

/** An operator that reaches the API server through a proxy. */
export interface ProxiedOperator extends OperatorProcess {
  readonly proxy: FaultProxy;
  /** Ends the process with SIGKILL, and leaves the proxy as it is: for hooks of the proxy itself. */
  kill(): Promise<void>;
}

/** An operator that looks at one namespace only. @param args further arguments. */
export async function startOperatorIn(namespace: string, ...args: readonly string[]): Promise<ProxiedOperator> {
  const dir = mkdtempSync(join(tmpdir(), 'ecs-operator-test-'));
  const proxy = await FaultProxy.to(operatorKubeconfig());
  const leave = async (): Promise<void> => {
    await proxy.close();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const operator = await startOperator({ kubeconfig: proxy.kubeconfig, dir, args: [...onlyIn(namespace), ...args] });
    const stop: OperatorProcess['stop'] = (signal) => operator.stop(signal).then(leave);
    return { ...operator, proxy, stop, kill: () => operator.stop('SIGKILL') };
  } catch (error) {
    await leave();
    throw error;
  }
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
