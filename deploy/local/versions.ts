import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A Go module of `modules/` and the commands built from it. */
export interface GoModule {
  readonly folder: string;
  /** Binary name to Go package. */
  readonly commands: Readonly<Record<string, string>>;
}

const modulesFolder = join(import.meta.dirname, 'modules');

export const goModules: readonly GoModule[] = [
  {
    folder: join(modulesFolder, 'kubernetes'),
    commands: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
      kubelet: 'k8s.io/kubernetes/cmd/kubelet',
    },
  },
  { folder: join(modulesFolder, 'etcd'), commands: { etcd: 'go.etcd.io/etcd/server/v3' } },
  { folder: join(modulesFolder, 'kwok'), commands: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' } },
];

/** The Kubernetes version with its `v`, read from the one line that pins it. */
export function kubernetesVersion(): string {
  const file = join(modulesFolder, 'kubernetes', 'go.mod');
  // "go mod tidy" moves the line into a block
  const version = /^(?:require |\t)k8s\.io\/kubernetes (v\S+)/m.exec(readFileSync(file, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${file} does not require k8s.io/kubernetes`);
  return version;
}

/** Names the cache entry: the pinned modules and the platform Go builds for. */
export function cacheKey(): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const { folder } of goModules) {
    for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(folder, file)));
  }
  return `${kubernetesVersion()}-${hash.digest('hex').slice(0, 12)}`;
}
