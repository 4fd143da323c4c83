import { dirname, join, resolve } from 'node:path';

/** Where everything of one cluster lies: two clusters share nothing but the binaries. */
export interface Layout {
  readonly dir: string;
  readonly etcdData: string;
  readonly certs: string;
  readonly logs: string;
  readonly auditLog: string;
  readonly auditPolicy: string;
  readonly tokens: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  readonly servingCertificate: string;
  readonly schedulerConfig: string;
  readonly stages: string;
  /** For people, tests and the operator. */
  readonly kubeconfig: string;
  readonly state: string;
  /** Its presence also marks the directory as ours to remove. */
  readonly settings: string;
}

/** The paths inside `dir`, absolute. */
export function layoutOf(dir: string): Layout {
  const top = resolve(dir);
  const at = (...parts: string[]): string => join(top, ...parts);
  return {
    dir: top,
    etcdData: at('etcd'),
    certs: at('certs'),
    logs: at('logs'),
    auditLog: at('logs', 'audit.log'),
    auditPolicy: at('config', 'audit-policy.yaml'),
    tokens: at('config', 'tokens.csv'),
    serviceAccountKey: at('config', 'service-account.key'),
    serviceAccountPublicKey: at('config', 'service-account.pub'),
    servingCertificate: at('certs', 'apiserver.crt'),
    schedulerConfig: at('config', 'scheduler.yaml'),
    stages: at('config', 'stages.yaml'),
    kubeconfig: at('kubeconfig'),
    state: at('state.json'),
    settings: at('ecs-operator-local-cluster.json'),
  };
}

/** The kubeconfig of one of the control plane's own users. */
export function componentKubeconfig(layout: Layout, user: string): string {
  return join(layout.dir, 'config', `${user}.kubeconfig`);
}

/** The top of the repository, where the default directory `.local/` lies. */
export const repositoryTop = dirname(dirname(import.meta.dirname));

/** Used when no directory is named. Git ignores it. */
export const defaultDir = join(repositoryTop, '.local');
