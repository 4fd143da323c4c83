import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import type { Pod } from '../../src/api/meta.ts';
import { applyAll } from '../support/cluster.ts';
import { statusOf } from '../support/kubelet-facts.ts';
import { container, obedient, RealTasks } from '../support/real-tasks.ts';

const tasks = new RealTasks(`kubelet-setup-${String(process.pid)}`);

function object(kind: string, name: string, rest: object): object {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: tasks.namespace }, ...rest };
}

const parameter = 'arn:aws:ssm:us-east-1:123456789012:parameter/password';
const file = 'arn:aws:s3:::conf/second.env';
const objects = [
  object('Secret', 'db', { stringData: { password: 'p$(PLAIN)$$word' } }),
  object('ConfigMap', 'first', { data: { FIRST: 'of first', BOTH: 'of first', PLAIN: 'of first' } }),
  object('ConfigMap', 'second', { data: { SECOND: 'of second', BOTH: 'of second' } }),
];

const app = container('app', `echo "$$ $(echo $PLAIN) $(PLAIN)" > /data/words 2> /dev/null; ${obedient}`, {
  environment: [
    { name: 'PLAIN', value: 'own' },
    { name: 'LITERAL', value: '$(PLAIN) $$ $PLAIN $(NOPE)' },
  ],
  environmentFiles: [{ value: 'configmap:first' }, { value: file, type: 's3' }],
  secrets: [{ name: 'PASSWORD', valueFrom: parameter }],
  mountPoints: [{ sourceVolume: 'Data', containerPath: '/data' }],
  user: '1234:567',
  workingDirectory: '/work',
  readonlyRootFilesystem: true,
  hostname: 'cart',
  extraHosts: [{ hostname: 'billing.internal', ipAddress: '192.0.2.7' }],
  dnsServers: ['192.0.2.53'],
  dnsSearchDomains: ['corp.internal'],
  dockerSecurityOptions: ['no-new-privileges'],
  systemControls: [{ namespace: 'net.ipv4.ip_unprivileged_port_start', value: '77' }],
  linuxParameters: {
    initProcessEnabled: true,
    sharedMemorySize: 8,
    tmpfs: [{ containerPath: '/scratch', size: 3 }],
    capabilities: { drop: ['ALL'] },
  },
});

const reader = container('reader', `test -t 0 && echo terminal > /own/terminal; ${obedient}`, {
  pseudoTerminal: true,
  mountPoints: [{ sourceVolume: 'Own', containerPath: '/own' }],
  volumesFrom: [{ sourceContainer: 'app', readOnly: true }],
  linuxParameters: { capabilities: { add: ['CAP_SYS_TIME'], drop: ['CHOWN'] } },
});

const spec = {
  containerDefinitions: [app, reader],
  volumes: [{ name: 'Data' }, { name: 'Own' }],
  kubernetes: { secrets: { [parameter]: { name: 'db', key: 'password' } }, configMaps: { [file]: 'second' } },
};

describe('how real containers are set up', function () {
  this.timeout(120_000);
  tasks.runsOperator();
  let pod: Pod;

  before(async () => {
    await applyAll(...objects);
    await tasks.runSpec('setup', spec);
    pod = await tasks.oldest('setup', (each) => {
      for (const name of ['app', 'reader']) assert.ok(statusOf(each, name).state?.running, JSON.stringify(each.status));
    });
  });

  /** What a shell line prints in a container, also when it fails. */
  function told(line: string, name?: string): Promise<string> {
    return tasks.exec(pod, `(${line}) 2>&1 || true`, name);
  }

  it('variables: secrets and files arrive, of two files the first wins, and environment over both, word for word', async () => {
    const lines = (await told('busybox env')).split('\n');
    const wanted = ['PLAIN', 'LITERAL', 'FIRST', 'SECOND', 'BOTH', 'PASSWORD'];
    const variables = lines.map((line) => line.split('=', 2)).filter(([name = '']) => wanted.includes(name));
    assert.deepEqual(Object.fromEntries(variables), {
      PLAIN: 'own',
      LITERAL: '$(PLAIN) $$ $PLAIN $(NOPE)',
      FIRST: 'of first',
      SECOND: 'of second',
      BOTH: 'of first',
      PASSWORD: 'p$(PLAIN)$$word',
    });
  });

  it('a command reaches its shell word for word: $$ is a process, $(...) a command', async () => {
    assert.match(await told('cat /data/words'), /^\d+ own \n$/);
  });

  it('memory volumes have their sizes', async () => {
    const mounts = await told('cat /proc/mounts');
    assert.match(mounts, /^tmpfs \/scratch tmpfs rw,\S*size=3072k/m);
    assert.match(mounts, /^tmpfs \/dev\/shm tmpfs rw,\S*size=8192k/m);
    assert.doesNotMatch(await told('cat /proc/mounts', 'reader'), /scratch|8192k/);
  });

  it('volumes are shared by mountPoints and volumesFrom, which may be read-only', async () => {
    await told('echo written > /data/file');
    assert.equal(await told('cat /data/file; cat /own/terminal', 'reader'), 'written\nterminal\n');
    assert.match(await told('echo more > /data/more', 'reader'), /Read-only file system/);
    assert.match(await told('cat /own/terminal'), /No such file/);
  });

  it('user, working directory, root file system, capabilities and privileges are as they are given', async () => {
    assert.equal(await told('pwd'), '/work\n');
    assert.match(await told('echo x > /work/x'), /Read-only file system/);
    const status = await told('cat /proc/self/status');
    for (const line of [/^Uid:\t1234\t/m, /^Gid:\t567\t/m, /^CapBnd:\t0+$/m, /^NoNewPrivs:\t1$/m]) {
      assert.match(status, line);
    }
    const other = await told('cat /proc/self/status', 'reader');
    assert.match(other, /^NoNewPrivs:\t0$/m);
    const capabilities = BigInt(`0x${/^CapEff:\t(\w+)$/m.exec(other)?.[1] ?? ''}`);
    const [chown, sysTime] = [0n, 25n].map((bit) => (capabilities >> bit) & 1n);
    assert.deepEqual([chown, sysTime], [0n, 1n]);
  });

  it('what a pod has once: host name, hosts, DNS, a safe kernel parameter, processes with an init', async () => {
    const files = ['/proc/sys/kernel/hostname', '/etc/resolv.conf', '/proc/sys/net/ipv4/ip_unprivileged_port_start'];
    for (const name of ['app', 'reader']) {
      assert.equal(
        await told(`cat ${files.join(' ')}`, name),
        'cart\nsearch corp.internal\nnameserver 192.0.2.53\n77\n',
      );
      assert.match(await told('cat /etc/hosts', name), /^192\.0\.2\.7\tbilling\.internal$/m);
      // The pause process of the sandbox; a container of its own would have its shell there.
      assert.equal(await told('cat /proc/1/comm', name), 'sleep\n');
    }
  });
});
