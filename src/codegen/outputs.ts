import { kinds } from '../api/index.ts';
import { crdFiles, type Output } from './files.ts';
import { renderReference } from './reference.ts';

/** Every generated file of the repository, with the content it must have. */
export function outputs(): readonly Output[] {
  return [...crdFiles(kinds), { path: 'crds/README.md', content: renderReference(kinds) }];
}
