import type { KubeObject, Resource } from '../../src/kube/resource.ts';

export interface Pod extends KubeObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: { readonly phase?: string };
}

export const pods: Resource<Pod> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

/** A pod as the kit hands it out. */
export function pod(name: string, version: number | string, rest: Partial<Omit<Pod, 'metadata'>> = {}): Pod {
  const metadata = { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: String(version) };
  return { apiVersion: 'v1', kind: 'Pod', metadata, ...rest };
}

/** One page of a list as the server sends it: its items say neither what they are nor who wrote which field. */
export function podList(version: number, items: readonly Pod[], next?: string): object {
  const bare = items.map(({ apiVersion: _, kind: __, ...rest }) => ({
    ...rest,
    metadata: { ...rest.metadata, managedFields: [{ manager: 'kubectl' }] },
  }));
  const metadata = { resourceVersion: String(version), ...(next === undefined ? {} : { continue: next }) };
  return { kind: 'PodList', apiVersion: 'v1', metadata, items: bare };
}

/** The server's `metav1.Status`. */
export function failure(code: number, reason: string, message = reason): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message };
}

/** A kind that only the tests know. */
export function widgetsOf<T extends KubeObject>(): Resource<T> {
  return { group: 'example.com', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };
}
