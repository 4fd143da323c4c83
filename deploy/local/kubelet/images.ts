import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What a registry serves: blobs and manifests by digest, manifests also by `repository:tag`. */
export interface Images {
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** `repository:tag` to the digest of its manifest, which is among the blobs. */
  readonly tags: ReadonlyMap<string, string>;
}

/** What every sandbox runs: it only has to stay. */
export const pauseImage = 'registry.example/pause:1';
/** A shell and the usual tools, for scripts in `command`. */
export const busyboxImage = 'registry.example/busybox:1';
/** The same, for a tag that moves: from this one to that of tag 2. */
export const movingImage = 'registry.example/moving:1';

const applets = ['sh', 'sleep', 'cat', 'touch', 'rm', 'test', 'true', 'false', 'echo', 'kill', 'tail', 'head', 'dd'];
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Makes the images of this machine's static busybox. @throws when `tar` fails. */
export function makeImages(busybox: string, scratch: string): Images {
  const layer = busyboxLayer(busybox, scratch);
  const blobs = new Map<string, Buffer>([[digestOf(layer), layer]]);
  const add = (command: readonly string[]): string => {
    const config = json({
      os: 'linux',
      architecture: architectures[process.arch] ?? process.arch,
      config: { Env: ['PATH=/bin'], Entrypoint: [], Cmd: command },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    });
    const manifest = json({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { ...describe(config), mediaType: 'application/vnd.oci.image.config.v1+json' },
      layers: [{ ...describe(layer), mediaType: 'application/vnd.oci.image.layer.v1.tar' }],
    });
    for (const blob of [config, manifest]) blobs.set(digestOf(blob), blob);
    return digestOf(manifest);
  };
  const tags = new Map([
    ['pause:1', add(['sleep', '2147483647'])],
    ['busybox:1', add(['sh'])],
    ['moving:1', add(['true'])],
    ['moving:2', add(['false'])],
  ]);
  return { blobs, tags };
}

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';

function busyboxLayer(busybox: string, scratch: string): Buffer {
  const root = mkdtempSync(join(scratch, 'image-'));
  try {
    for (const folder of ['bin', 'tmp']) mkdirSync(join(root, folder));
    cpSync(busybox, join(root, 'bin', 'busybox'), { dereference: true });
    for (const applet of applets) symlinkSync('busybox', join(root, 'bin', applet));
    const owners = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--sort=name'];
    return execFileSync('tar', ['-c', ...owners, '-C', root, '.'], { maxBuffer: 64 * 1024 * 1024 });
  } finally {
    rmSync(root, { recursive: true });
  }
}

function describe(blob: Buffer): { readonly digest: string; readonly size: number } {
  return { digest: digestOf(blob), size: blob.length };
}

export function digestOf(blob: Buffer): string {
  return `sha256:${createHash('sha256').update(blob).digest('hex')}`;
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
