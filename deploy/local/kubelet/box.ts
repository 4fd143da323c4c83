import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** What the machine needs for real containers, and the Debian package of each. */
const programs: Readonly<Record<string, string>> = {
  '/usr/bin/containerd': 'containerd',
  '/usr/sbin/runc': 'runc',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  '/usr/bin/busybox': 'busybox-static',
};
const cgroups = '/sys/fs/cgroup';
/** The hierarchy of cgroup v2 beside the controllers, where runc makes folders by itself. */
const unified = 'unified';

/** Why no kubelet can run on this machine; undefined when one can. */
export function whyNoKubelet(): string | undefined {
  if (process.platform !== 'linux') return `it needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'it needs root';
  const missing = Object.entries(programs).filter(([file]) => !existsSync(file));
  if (missing.length > 0) return `apt-get install ${missing.map(([, name]) => name).join(' ')}`;
  // a kubelet runs on either, but only this layout has been tried
  if (!existsSync(join(cgroups, 'memory'))) return `it needs cgroup v1, mounted by controller in ${cgroups}`;
  return undefined;
}

/**
 * Runs a program in pid, mount, network and host name namespaces of its own: whatever it starts, mounts or configures
 * is gone when it ends. Containers run in the cgroup it is told of, which is removed too.
 * @returns its exit code and what it printed, which is shown as well.
 */
export async function runInBox(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const cgroup = `ecs-operator-${String(process.pid)}`;
  const unshare = ['--mount', '--pid', '--net', '--uts', '--fork', '--kill-child', '--mount-proc'];
  makeCgroup(cgroup);
  try {
    const child = spawn('unshare', [...unshare, process.execPath, ...args], {
      env: { ...process.env, ...environment, ECS_OPERATOR_BOX_CGROUP: cgroup },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code, output };
  } finally {
    await removeCgroup(cgroup);
  }
}

/** The box this process runs in: the cgroup for its containers; undefined outside of one. */
export function findBox(): string | undefined {
  return process.env['ECS_OPERATOR_BOX_CGROUP'];
}

function makeCgroup(name: string): void {
  for (const controller of controllers()) mkdirSync(join(cgroups, controller, name), { recursive: true });
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    writeFileSync(join(cgroups, 'cpuset', name, file), readFileSync(join(cgroups, 'cpuset', file)));
  }
}

/** Cgroups outlive namespaces; one goes once the kernel has buried its processes, which takes a moment. */
async function removeCgroup(name: string): Promise<void> {
  for (let attempt = 0; attempt < 25; attempt += 1) {
    const left = [...controllers(), unified].filter((controller) => !isRemoved(join(cgroups, controller, name)));
    if (left.length === 0) return;
    await wait(200);
  }
  process.stderr.write(`The cgroup ${name} is still in use\n`);
}

function isRemoved(folder: string): boolean {
  if (!existsSync(folder)) return true;
  const children = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of children) isRemoved(join(folder, name));
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** One folder each; some are links to another. */
function controllers(): string[] {
  return readdirSync(cgroups, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== unified)
    .map(({ name }) => name);
}
