import { stringify } from 'yaml';
import type { Kind } from '../api/kind.ts';
import { renderCrd } from './crds.ts';
import { renderRoles, type Needs } from './rbac.ts';

/** A file to write: `path` from the root of the repository. */
export interface Output {
  readonly path: string;
  readonly content: string;
}

const fromSchemas = '# Generated from src/api by `npm run generate`. Change the schema there, not this file.\n';
const fromDeclarations =
  '# Generated from the watches and writes in src/controllers by `npm run generate`. Change those, not this file.\n';

/** One manifest per kind, and the kustomization that installs them all. */
export function crdFiles(kinds: readonly Kind[]): readonly Output[] {
  const manifests = kinds.map((kind) => ({
    path: `crds/${kind.plural}.yaml`,
    content: fromSchemas + yaml(renderCrd(kind)),
  }));
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: kinds.map((kind) => `${kind.plural}.yaml`),
  };
  return [...manifests, { path: 'crds/kustomization.yaml', content: fromSchemas + yaml(kustomization) }];
}

/** The roles of the operator and of the people who use it, as one manifest. */
export function rbacFile(needs: Needs): Output {
  return { path: 'deploy/base/rbac.yaml', content: fromDeclarations + renderRoles(needs).map(yaml).join('---\n') };
}

/** Long lines stay whole, so that a changed word is a changed line and nothing else moves. */
function yaml(value: object): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
