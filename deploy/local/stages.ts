import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';

const folder = join(import.meta.dirname, 'stages');
const files = ['kwok.yaml', 'node.yaml', 'pod.yaml'];

/**
 * KWOK's configuration: the files of `stages/` as one, with every value `@<file>` replaced by that file's content, so
 * that a program used twice is written once.
 */
export function renderStages(): string {
  const documents = files.flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')));
  return documents.map((document) => stringify(withFiles(document.toJS()))).join('---\n');
}

function withFiles(value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith('@')) return readFileSync(join(folder, value.slice(1)), 'utf8');
  if (Array.isArray(value)) return value.map(withFiles);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withFiles(member)]));
}
