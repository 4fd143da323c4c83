import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from './progress.ts';
import { type GoModule, goModules, kubernetesVersion } from './versions.ts';

/** How often a running build tells how far it is, in milliseconds. */
const reportEveryMs = 10_000;

/**
 * Builds the named commands from the pinned Go modules into `folder`. Each binary is renamed into place when complete,
 * so two builds at once only waste time.
 * @throws when Go is missing or too old, or the build fails: the message ends with Go's own.
 */
export async function buildBinaries(names: readonly string[], folder: string, progress: Progress): Promise<void> {
  progress(`Building ${names.join(', ')} with Go into ${folder}: once per version, about 8 minutes on two idle cores`);
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, '.build-'));
  try {
    for (const module of goModules) {
      const wanted = Object.keys(module.commands).filter((name) => names.includes(name));
      if (wanted.length > 0) await buildModule(module, wanted, { scratch, progress });
      for (const name of wanted) renameSync(join(scratch, name), join(folder, name));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface BuildPlace {
  readonly scratch: string;
  readonly progress: Progress;
}

async function buildModule(module: GoModule, names: readonly string[], place: BuildPlace): Promise<void> {
  // one command per build, because `-o <folder>/` would name etcd after its package path (v3)
  const [first] = names;
  const output = names.length === 1 && first !== undefined ? join(place.scratch, first) : `${place.scratch}/`;
  const packages = names.map((name) => module.commands[name] ?? name);
  const flags = ['-mod=readonly', '-trimpath', '-v', '-ldflags', linkerFlags()];
  await runGo(['build', ...flags, '-o', output, ...packages], module.folder, {
    what: names.join(', '),
    progress: place.progress,
  });
}

/** Without these the API server and kubectl report version v0.0.0-master. */
function linkerFlags(): string {
  const version = kubernetesVersion();
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const settings = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) =>
    Object.entries(values).map(([name, value]) => `-X ${path}.${name}=${value}`),
  );
  return ['-s', '-w', ...settings].join(' ');
}

interface GoRun {
  readonly what: string;
  readonly progress: Progress;
}

function runGo(args: readonly string[], cwd: string, { what, progress }: GoRun): Promise<void> {
  const startedMs = Date.now();
  const lines: string[] = [];
  const report = setInterval(() => {
    const seconds = Math.round((Date.now() - startedMs) / 1000);
    progress(`  ${what}: ${seconds} s, ${lines.length} packages done`);
  }, reportEveryMs);
  return new Promise<void>((resolve, reject) => {
    const child = spawn('go', args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], env: goEnvironment() });
    child.stderr.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)));
    child.on('error', (error) => reject(goMissing(error)));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`go build of ${what} failed (exit ${code}):\n${lines.slice(-15).join('\n')}`));
    });
  }).finally(() => clearInterval(report));
}

/** Plain binaries for this machine whatever the user's Go settings say. */
function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
}

function goMissing(error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return error;
  return new Error(
    'The local cluster is built from source and "go" is not in PATH: install Go 1.26 or newer, ' +
      'or set KUBEBUILDER_ASSETS to a folder that holds etcd, kube-apiserver, kube-controller-manager, ' +
      'kube-scheduler, kubectl and kwok.',
    { cause: error },
  );
}
