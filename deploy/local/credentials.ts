import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { type Layout, componentKubeconfig } from './layout.ts';

/** A user of the API server, known by a random token. */
interface LocalUser {
  /** Of its kubeconfig. */
  readonly file: string;
  readonly name: string;
  readonly groups: readonly string[];
}

const masters = ['system:masters'];

/** As whom the operator runs: the service account of deploy/base, with no right but what its role gives. */
const operator: LocalUser = {
  file: 'operator',
  name: 'system:serviceaccount:ecs-operator:ecs-operator',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:ecs-operator', 'system:authenticated'],
};

/**
 * The audit policy and the audit checks tell these apart by `name`. All but the operator are masters, because the roles of the system
 * components appear a little after the API server answers, and their clients would back off for seconds.
 */
export const localUsers: readonly LocalUser[] = [
  { file: 'admin', name: 'admin', groups: masters },
  { file: 'controller-manager', name: 'system:kube-controller-manager', groups: masters },
  { file: 'scheduler', name: 'system:kube-scheduler', groups: masters },
  { file: 'kwok', name: 'local:kwok', groups: masters },
  { file: 'kubelet', name: 'local:kubelet', groups: masters },
  { file: 'fargate', name: 'local:fargate', groups: masters },
  { file: 'setup', name: 'local:setup', groups: masters },
  operator,
];

/** Writes a token for each user and the key pair that signs service-account tokens. */
export function writeCredentials(layout: Layout): void {
  const rows = localUsers.map(({ name, groups }) =>
    [newToken(), name, name, JSON.stringify(groups.join(','))].join(','),
  );
  writeFileSync(layout.tokens, `${rows.join('\n')}\n`, { mode: 0o600 });
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  writeFileSync(layout.serviceAccountKey, privateKey, { mode: 0o600 });
  writeFileSync(layout.serviceAccountPublicKey, publicKey);
}

/** Writes every user's kubeconfig; the API server must have made its serving certificate by now. */
export function writeKubeconfigs(layout: Layout, server: string): void {
  const authority = readFileSync(layout.servingCertificate).toString('base64');
  const tokens = readFileSync(layout.tokens, 'utf8').split('\n');
  localUsers.forEach(({ file }, index) => {
    const token = tokens[index]?.split(',')[0] ?? '';
    const text = kubeconfigText({ server, authority, token });
    writeFileSync(componentKubeconfig(layout, file), text, { mode: 0o600 });
    if (file === 'admin') writeFileSync(layout.kubeconfig, text, { mode: 0o600 });
  });
}

function newToken(): string {
  return randomBytes(24).toString('hex');
}

function kubeconfigText(entry: { server: string; authority: string; token: string }): string {
  const name = 'local';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: entry.server, 'certificate-authority-data': entry.authority } }],
    users: [{ name, user: { token: entry.token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
