import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { parse } from 'yaml';
import { parseTaskDefinitionSpec, type TaskDefinitionSpec } from '../../src/api/task-definition.ts';
import { convertCommand } from '../../src/cli/convert.ts';

/** The folders of `test/fixtures`: ECS's JSON in the forms that people have, and what becomes of it. */

const root = join(import.meta.dirname, '../fixtures');

/** Names of the folders of that kind. */
export function fixtureNames(kind: 'task-definitions' | 'services'): readonly string[] {
  return readdirSync(join(root, kind));
}

export function fixturePath(...names: readonly string[]): string {
  return join(root, ...names);
}

/** The JSON of a folder. */
export function readFixture(folder: string): unknown {
  return JSON.parse(readFileSync(join(folder, 'input.json'), 'utf8')) as unknown;
}

/** What `convert` prints of an `input.json`: the resources as YAML, and the report. */
export async function convertFixture(folder: string): Promise<{ readonly manifest: string; readonly report: string }> {
  const printed = { manifest: '', report: '' };
  const code = await convertCommand({
    stdin: Readable.from([readFileSync(join(folder, 'input.json'), 'utf8')]),
    stdout: { write: (text) => (printed.manifest += text) },
    stderr: { write: (text) => (printed.report += text) },
  });
  assert.equal(code, 0, printed.report);
  return printed;
}

/** A task definition, as a user applies it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly containerDefinitions: readonly { readonly name: string }[];
    readonly kubernetes?: object;
  };
}

interface Supplied {
  readonly kubernetes?: object;
  readonly containerDefinitions?: readonly { readonly name: string }[];
}

/** What a person adds by hand before the API server takes the manifest: `supplied.yaml`, where there is one. */
function suppliedOf(folder: string): Supplied | undefined {
  const path = join(folder, 'supplied.yaml');
  return existsSync(path) ? (parse(readFileSync(path, 'utf8')) as Supplied) : undefined;
}

/** Whether nothing has to be supplied by hand. */
export function isComplete(folder: string): boolean {
  return suppliedOf(folder) === undefined;
}

/** What is supplied by hand, as a report names it. */
export function suppliedPaths(folder: string): readonly string[] {
  const { kubernetes = {}, containerDefinitions = [] } = suppliedOf(folder) ?? {};
  const block = Object.entries(kubernetes).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? Object.keys(value).map((key) => `kubernetes.${name}[${key}]`)
      : [`kubernetes.${name}`],
  );
  const members = containerDefinitions.flatMap(({ name, ...others }) =>
    Object.keys(others).map((member) => `containerDefinitions[${name}].${member}`),
  );
  return [...block, ...members];
}

/** The manifest with what is supplied by hand: its block, and members of containers by their names. */
export function completed(folder: string, printed: string): Manifest {
  const manifest = parse(printed) as Manifest;
  const { containerDefinitions = [], ...members } = suppliedOf(folder) ?? {};
  const containers = manifest.spec.containerDefinitions.map((container) => ({
    ...container,
    ...containerDefinitions.find(({ name }) => name === container.name),
  }));
  return { ...manifest, spec: { ...manifest.spec, ...members, containerDefinitions: containers } };
}

/** As the API server stores it: with the defaults. */
export function storedSpec(manifest: Manifest): TaskDefinitionSpec {
  return parseTaskDefinitionSpec(manifest.spec);
}

/** How a service would launch it. */
export function launchTypeOf({ requiresCompatibilities = [] }: TaskDefinitionSpec): 'EC2' | 'FARGATE' {
  return requiresCompatibilities.includes('FARGATE') ? 'FARGATE' : 'EC2';
}
