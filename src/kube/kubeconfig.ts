import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findHomeDir, KubeConfig, loadYaml } from '@kubernetes/client-node';
import { errorMessage } from '../base/errors.ts';
import { readImpersonation, type ActingUser } from './wire/impersonation.ts';

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * The connection settings in the file at `path`; without one those that `~/.kube/config` or the pod's service account
 * give, the first that exists.
 * @throws Error that names what is missing or wrong.
 */
export function loadKubeConfig(path: string | undefined = defaultFile()): KubeConfig {
  if (path !== undefined) return loadFile(path);
  if (!existsSync(serviceAccountToken)) {
    throw new Error('No kubeconfig: neither KUBECONFIG, ~/.kube/config nor a service account was found');
  }
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromCluster();
  return kubeConfig;
}

/** The same settings without the current user's credential plugin, which client-node would run by itself. */
export function withoutPlugin(kubeConfig: KubeConfig): KubeConfig {
  return withUser(kubeConfig, { exec: undefined });
}

function defaultFile(): string | undefined {
  const file = join(findHomeDir() ?? '/nonexistent', '.kube', 'config');
  return existsSync(file) ? file : undefined;
}

function loadFile(path: string): KubeConfig {
  const source = `Kubeconfig ${path}`;
  if (!existsSync(path)) throw new Error(`${source} does not exist`);
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromFile(path);
  } catch (error) {
    throw new Error(`${source} cannot be read: ${errorMessage(error)}`, { cause: error });
  }
  const { name } = requireUsable(kubeConfig, source);
  return withUser(kubeConfig, readImpersonation(userIn(path, name), source));
}

/** @returns the current user. */
function requireUsable(kubeConfig: KubeConfig, source: string): ActingUser {
  if (kubeConfig.getCurrentCluster() === null) {
    throw new Error(`${source} names no cluster in its current context "${kubeConfig.getCurrentContext()}"`);
  }
  const user = kubeConfig.getCurrentUser();
  if (user === null) throw new Error(`${source} names no user in its current context`);
  return user;
}

interface RawKubeConfig {
  readonly users: readonly { readonly name: string; readonly user?: Readonly<Record<string, unknown>> | null }[];
}

/** A user as it is written in a kubeconfig that client-node has accepted. */
function userIn(path: string, name: string): Readonly<Record<string, unknown>> {
  const { users } = loadYaml<RawKubeConfig>(readFileSync(path, 'utf8'));
  return users.find((each) => each.name === name)?.user ?? {};
}

/** The same settings with some of the current user's changed. */
function withUser(kubeConfig: KubeConfig, changes: Partial<ActingUser>): KubeConfig {
  const { name } = kubeConfig.getCurrentUser() ?? {};
  const copy = new KubeConfig();
  copy.loadFromOptions({
    clusters: kubeConfig.getClusters(),
    users: kubeConfig.getUsers().map((user) => (user.name === name ? { ...user, ...changes } : user)),
    contexts: kubeConfig.getContexts(),
    currentContext: kubeConfig.getCurrentContext(),
  });
  return copy;
}
