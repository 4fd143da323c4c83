import { existsSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { errorMessage } from '../base/errors.ts';

/**
 * The connection settings in the file at `path`; without one those that `KUBECONFIG`, `~/.kube/config` or the pod's
 * service account give, the first that exists.
 * @throws Error that names what is missing or wrong.
 */
export function loadKubeConfig(path?: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  const source = path === undefined ? 'The default kubeconfig' : `Kubeconfig ${path}`;
  if (path !== undefined && !existsSync(path)) throw new Error(`${source} does not exist`);
  try {
    if (path === undefined) kubeConfig.loadFromDefault();
    else kubeConfig.loadFromFile(path);
  } catch (error) {
    throw new Error(`${source} cannot be read: ${errorMessage(error)}`, { cause: error });
  }
  requireUsable(kubeConfig, source);
  return kubeConfig;
}

function requireUsable(kubeConfig: KubeConfig, source: string): void {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) {
    throw new Error(`${source} names no cluster in its current context "${kubeConfig.getCurrentContext()}"`);
  }
  if (kubeConfig.getCurrentUser() === null) throw new Error(`${source} names no user in its current context`);
  // What client-node falls back to when it has found nothing at all.
  if (cluster.server === 'http://localhost:8080') {
    throw new Error('No kubeconfig: neither KUBECONFIG, ~/.kube/config nor a service account was found');
  }
}
