import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { buildBinaries } from './build.ts';
import type { Progress } from './progress.ts';
import { cacheKey } from './versions.ts';

export const binaryNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'kubectl',
] as const;

export type BinaryName = (typeof binaryNames)[number];
/** Absolute path of each binary. */
export type Binaries = Readonly<Record<BinaryName, string>>;

/**
 * Finds the binaries in `$KUBEBUILDER_ASSETS`, then in our cache, and builds the ones that are in neither.
 * @throws when Go is needed and missing, or a build fails.
 */
export async function getBinaries(progress: Progress): Promise<Binaries> {
  const cache = cacheFolder();
  const missing = binaryNames.filter((name) => findBinary(name, cache) === undefined);
  if (missing.length > 0) await buildBinaries(missing, cache, progress);
  return Object.fromEntries(binaryNames.map((name) => [name, getBinary(name, cache)])) as Binaries;
}

/** Likewise the kubelet, which only a cluster with real containers needs. */
export async function getKubelet(progress: Progress): Promise<string> {
  const cache = cacheFolder();
  if (findBinary('kubelet', cache) === undefined) await buildBinaries(['kubelet'], cache, progress);
  return getBinary('kubelet', cache);
}

/** The folder of the binaries built for this pin and platform, whether or not it exists yet. */
export function cacheFolder(): string {
  const base = findSetting('XDG_CACHE_HOME') ?? join(homedir(), '.cache');
  return join(base, 'ecs-operator', 'bin', cacheKey());
}

function getBinary(name: string, cache: string): string {
  const found = findBinary(name, cache);
  if (found === undefined) throw new Error(`${name} is not in ${cache} although the build succeeded`);
  return found;
}

function findBinary(name: string, cache: string): string | undefined {
  // envtest bundles hold only some of the binaries, so each is looked up by itself
  const assets = findSetting('KUBEBUILDER_ASSETS');
  const folders = assets === undefined ? [cache] : [assets, cache];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** An environment variable that is set and not empty. */
function findSetting(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
