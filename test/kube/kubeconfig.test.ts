import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { loadKubeConfig } from '../../src/kube/transport.ts';

const good = `
apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: https://127.0.0.1:6443 } }]
users: [{ name: u, user: { token: t } }]
contexts: [{ name: x, context: { cluster: c, user: u } }]
current-context: x
`;

/** With a current user that has more members. */
function acting(members: string): string {
  return good.replace('token: t', `token: t, ${members}`);
}

describe('loadKubeConfig', () => {
  const { HOME: home } = process.env;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  });

  after(async () => {
    await rm(folder, { recursive: true });
  });

  afterEach(() => {
    if (home === undefined) delete process.env['HOME'];
    else process.env['HOME'] = home;
  });

  async function file(content: string): Promise<string> {
    const path = join(folder, 'config');
    await writeFile(path, content);
    return path;
  }

  it('reads the file it is told', async () => {
    assert.equal(loadKubeConfig(await file(good)).getCurrentCluster()?.server, 'https://127.0.0.1:6443');
  });

  it('reads ~/.kube/config', async () => {
    process.env['HOME'] = folder;
    await mkdir(join(folder, '.kube'));
    await writeFile(join(folder, '.kube', 'config'), good);
    assert.equal(loadKubeConfig().getCurrentUser()?.token, 't');
    await rm(join(folder, '.kube'), { recursive: true });
  });

  it('says so when there is none', () => {
    process.env['HOME'] = folder;
    assert.throws(() => loadKubeConfig(), /^Error: No kubeconfig: neither KUBECONFIG/);
  });

  it('says which file does not exist', () => {
    const path = join(folder, 'missing');
    assert.throws(() => loadKubeConfig(path), { message: `Kubeconfig ${path} does not exist` });
  });

  const cases: Record<string, { content: string; want: RegExp }> = {
    'is empty': { content: '', want: /config cannot be read: / },
    'is no YAML': { content: '{', want: /config cannot be read: / },
    'misses a server': { content: good.replace('server:', 'servant:'), want: /cluster\.server is missing/ },
    'has no current context': { content: good.replace('current-context: x', ''), want: /names no cluster/ },
    'has a current context that it does not define': {
      content: good.replace('current-context: x', 'current-context: y'),
      want: /names no cluster in its current context "y"/,
    },
    'has a context of a user that it does not define': {
      content: good.replace('user: u }', 'user: v }'),
      want: /names no user/,
    },
    'acts as groups of nobody': {
      content: acting('as-groups: [g]'),
      want: /config: as-uid, as-groups and as-user-extra need a user to act as \(as\)$/,
    },
    'acts as a user whose uid is a number': { content: acting('as: a, as-uid: 1'), want: /: as-uid must be a string$/ },
    'acts as one group that is no list': {
      content: acting('as: a, as-groups: g'),
      want: /: as-groups must be a list of strings$/,
    },
    'acts as a user with extra that is no list': {
      content: acting('as: a, as-user-extra: { k: v }'),
      want: /: as-user-extra must map names to lists of strings$/,
    },
  };
  for (const [sentence, { content, want }] of Object.entries(cases)) {
    it(`says what is wrong with a file that ${sentence}`, async () => {
      const path = await file(content);
      assert.throws(() => loadKubeConfig(path), want);
    });
  }
});
