import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { silentLog } from '../../../src/base/log.ts';
import { loadKubeConfig, Transport } from '../../../src/kube/transport.ts';
import { FakeClock } from '../../support/clock.ts';
import { RecordingMeter } from '../../support/recording.ts';
import { ScriptedServer } from '../../support/scripted-server.ts';

describe('A kubeconfig’s user that acts as another', () => {
  let folder: string;
  let server: ScriptedServer;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'impersonation-'));
    server = await ScriptedServer.start();
  });

  afterEach(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  /** The headers of a request by that user that say whom it acts as, and its own credential. */
  async function headersOf(user: string): Promise<Record<string, readonly string[] | undefined>> {
    const file = join(folder, 'config');
    await writeFile(
      file,
      `clusters: [{ name: c, cluster: { server: '${server.url}', insecure-skip-tls-verify: true } }]
users: [{ name: other, user: { as: nobody, as-groups: [none] } }, { name: u, user: ${user} }]
contexts: [{ name: x, context: { cluster: c, user: u } }]
current-context: x`,
    );
    const kubeConfig = loadKubeConfig(file);
    const clock = new FakeClock();
    const transport = new Transport({ kubeConfig, log: silentLog, meter: new RecordingMeter(), clock });
    const answer = transport.request({ verb: 'get', resource: 'pods', path: '/p' });
    const received = await server.next();
    received.reply(200, {});
    await answer;
    await transport.close();
    const told = Object.entries(received.headerValues).filter(([name]) => /^(impersonate|authorization)/.test(name));
    return Object.fromEntries(told);
  }

  const cases: Record<string, { user: string; want: Record<string, readonly string[]> }> = {
    'is told by name, beside the credential': {
      user: '{ token: t, as: jane }',
      want: { authorization: ['Bearer t'], 'impersonate-user': ['jane'] },
    },
    'has a uid': {
      user: '{ as: jane, as-uid: "7" }',
      want: { 'impersonate-user': ['jane'], 'impersonate-uid': ['7'] },
    },
    'has groups, a header each': {
      user: '{ as: jane, as-groups: ["a,b", system:masters] }',
      want: { 'impersonate-user': ['jane'], 'impersonate-group': ['a,b', 'system:masters'] },
    },
    'has extra, whose names are escaped': {
      user: '{ as: jane, as-user-extra: { scopes: [view, edit], "example.com/a(b)%": [c] } }',
      want: {
        'impersonate-user': ['jane'],
        'impersonate-extra-scopes': ['view', 'edit'],
        'impersonate-extra-example.com%2fa%28b%29%25': ['c'],
      },
    },
    'has a name in any script': {
      user: '{ as: Jürgen }',
      want: { 'impersonate-user': [Buffer.from('Jürgen').toString('latin1')] },
    },
    'is nobody': { user: '{ token: t, as: "", as-groups: null }', want: { authorization: ['Bearer t'] } },
  };
  for (const [sentence, { user, want }] of Object.entries(cases)) {
    it(`${sentence}`, async () => {
      assert.deepEqual(await headersOf(user), want);
    });
  }
});
