import { existsSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { resolve } from 'node:path';
import { errorMessage } from '../../src/base/errors.ts';

/** How long a cluster may take to answer, in milliseconds. */
const answerTimeoutMs = 10_000;

/**
 * Checks that the cluster of a kubeconfig answers, whatever way it authenticates.
 * @returns the absolute path of the kubeconfig.
 * @throws when there is no such file, or the cluster does not answer within ten seconds.
 */
export async function checkCluster(kubeconfig: string): Promise<string> {
  const path = resolve(kubeconfig);
  if (!existsSync(path)) throw new Error(`--kubeconfig is "${kubeconfig}": there is no such file`);
  try {
    await askVersion(path);
  } catch (error) {
    const message = `--kubeconfig is "${kubeconfig}": its cluster does not answer (${errorMessage(error)})`;
    throw new Error(message, { cause: error });
  }
  return path;
}

async function askVersion(path: string): Promise<void> {
  // only here: it takes a second to load, and our own clusters need none of its ways to authenticate
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromFile(path);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error('it has no current context');
  const options: RequestOptions = { timeout: answerTimeoutMs };
  await config.applyToHTTPSOptions(options);
  const status = await getStatus(`${server.replace(/\/$/, '')}/version`, options);
  if (status !== 200) throw new Error(`status ${status}`);
}

function getStatus(url: string, options: RequestOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(url, options, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${answerTimeoutMs / 1000} s`)));
    call.on('error', reject);
    call.end();
  });
}
