import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject, LocalApi } from '../api.ts';
import { repositoryTop } from '../layout.ts';

/** The files that give the operator's service account its rights, without the operator itself. */
export const operatorRights: readonly string[] = ['namespace.yaml', 'rbac.yaml', 'access.yaml'].map((name) =>
  join(repositoryTop, 'deploy/base', name),
);

/** Every object in the YAML files of `folder`, in the order of their names; kustomizations are not objects. */
export function readManifests(folder: string): KubeObject[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
    .toSorted()
    .flatMap((name) => readManifest(join(folder, name)));
}

/** Every object in a YAML file, in its order. */
export function readManifest(file: string): KubeObject[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as KubeObject);
}

/** Applies the objects one after the other, server-side, as `kubectl apply --server-side` does. */
export async function apply(api: LocalApi, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) {
    await api.request(`${pathOf(object)}?fieldManager=demo&fieldValidation=Strict&force=true`, {
      method: 'PATCH',
      contentType: 'application/apply-patch+yaml',
      body: object,
    });
  }
}

/** Where the object lives. The plural is the lower-case kind with an s: true of all that this folder applies. */
function pathOf({ apiVersion = 'v1', kind = '', metadata }: KubeObject): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${root}${scope}/${kind.toLowerCase()}s/${metadata.name}`;
}
