import { stringify } from 'yaml';
import type { Kind } from '../api/kind.ts';
import { renderCrd } from './crds.ts';

/** A file to write: `path` from the root of the repository. */
export interface Output {
  readonly path: string;
  readonly content: string;
}

const generatedBy = '# Generated from src/api by `npm run generate`. Change the schema there, not this file.\n';

/** One manifest per kind, and the kustomization that installs them all. */
export function crdFiles(kinds: readonly Kind[]): readonly Output[] {
  const manifests = kinds.map((kind) => ({ path: `crds/${kind.plural}.yaml`, content: yaml(renderCrd(kind)) }));
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: kinds.map((kind) => `${kind.plural}.yaml`),
  };
  return [...manifests, { path: 'crds/kustomization.yaml', content: yaml(kustomization) }];
}

/** Long lines stay whole, so that a changed word is a changed line and nothing else moves. */
function yaml(value: object): string {
  return generatedBy + stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
