import type { User } from '@kubernetes/client-node';

/** A kubeconfig's user with everything that says whom it acts as: client-node knows the name alone. */
export interface ActingUser extends User {
  readonly impersonateUid?: string | undefined;
  readonly impersonateGroups?: readonly string[] | undefined;
  readonly impersonateExtra?: Extra | undefined;
}

type Extra = Readonly<Record<string, readonly string[]>>;
type Impersonation = Pick<ActingUser, 'impersonateUid' | 'impersonateGroups' | 'impersonateExtra'>;

/**
 * What client-node leaves out of a kubeconfig's `users[].user`.
 * @throws Error that names the kubeconfig (`source`) and the member that cannot be used.
 */
export function readImpersonation(user: Readonly<Record<string, unknown>>, source: string): Impersonation {
  const uid = member(user['as-uid'], isText, `${source}: as-uid must be a string`);
  const groups = member(user['as-groups'], isTexts, `${source}: as-groups must be a list of strings`);
  const extra = member(user['as-user-extra'], isExtra, `${source}: as-user-extra must map names to lists of strings`);
  const isActing = isText(user['as']) && user['as'] !== '';
  if (!isActing && (uid ?? groups ?? extra) !== undefined) {
    throw new Error(`${source}: as-uid, as-groups and as-user-extra need a user to act as (as)`);
  }
  return { impersonateUid: uid, impersonateGroups: groups, impersonateExtra: extra };
}

function member<T>(value: unknown, isRight: (value: unknown) => value is T, complaint: string): T | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isRight(value)) throw new Error(complaint);
  return value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isExtra(value: unknown): value is Extra {
  return typeof value === 'object' && value !== null && Object.values(value).every(isTexts);
}

/** The headers by which the API server takes a request for another user's. */
export function impersonationHeaders(user: ActingUser | null): Record<string, string | string[]> {
  const { impersonateUser: name, impersonateUid: uid, impersonateGroups: groups, impersonateExtra } = user ?? {};
  const headers: Record<string, string | string[]> = {};
  if (isText(name) && name !== '') headers['impersonate-user'] = headerValue(name);
  if (uid !== undefined) headers['impersonate-uid'] = headerValue(uid);
  if (groups !== undefined) headers['impersonate-group'] = groups.map(headerValue);
  for (const [key, values] of Object.entries(impersonateExtra ?? {})) {
    headers[`impersonate-extra-${escaped(key)}`] = values.map(headerValue);
  }
  return headers;
}

/** The server takes `%` escapes for what a header's name cannot hold; parentheses `encodeURIComponent` leaves alone. */
function escaped(key: string): string {
  return encodeURIComponent(key).replaceAll('(', '%28').replaceAll(')', '%29');
}

/** Headers go out as Latin-1, and the server reads them as UTF-8. */
function headerValue(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
