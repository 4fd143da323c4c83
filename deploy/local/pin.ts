/**
 * Pins another Kubernetes version in modules/kubernetes/go.mod. Usage: node deploy/local/pin.ts v1.36.1, and then what
 * it says.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubernetesVersion } from './versions.ts';

const folder = join(import.meta.dirname, 'modules', 'kubernetes');

function pin(version: string): string {
  if (!/^v1\.\d+\.\d+$/.test(version)) throw new Error(`Version is "${version}": give one like ${kubernetesVersion()}`);
  const file = join(folder, 'go.mod');
  const head = readFileSync(file, 'utf8').split(/^require/m, 1)[0] ?? '';
  writeFileSync(
    file,
    [head + `require k8s.io/kubernetes ${version}\n`, 'replace (', ...renderReplaces(version), ')\n'].join('\n'),
  );
  return `Pinned ${version}. Now run "go mod tidy" in ${folder}, then "npm run local -- up"`;
}

/** Kubernetes requires its own staging modules as v0.0.0, which exist nowhere: each is published as v0 of the same. */
function renderReplaces(version: string): string[] {
  const query = ['list', '-m', '-f', '{{.GoMod}}', `k8s.io/kubernetes@${version}`];
  const goMod = execFileSync('go', query, { cwd: tmpdir(), encoding: 'utf8' }).trim();
  const staging = readFileSync(goMod, 'utf8').matchAll(/^\t(k8s\.io\/\S+) v0\.0\.0$/gm);
  return Array.from(staging, ([, path]) => `\t${path} => ${path} ${version.replace(/^v1/, 'v0')}`);
}

process.stdout.write(`${pin(process.argv[2] ?? '')}\n`);
