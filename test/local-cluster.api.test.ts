import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { type KubeObject, LocalApi } from '../deploy/local/api.ts';
import { type LocalCluster, startCluster } from '../deploy/local/cluster.ts';
import { planFargateSize } from '../deploy/local/fargate/size.ts';
import { loseNode, returnNode } from '../deploy/local/node-loss.ts';
import { defaultNodes } from '../deploy/local/nodes.ts';

const pods = '/api/v1/namespaces/default/pods';

/** Asks until the answer passes, for at most `seconds`; the last failed assertion is the error. */
async function eventually<T>(seconds: number, check: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await wait(100);
  }
}

interface Pod extends KubeObject {
  readonly spec: { readonly nodeName?: string; readonly schedulerName?: string };
  readonly status: {
    readonly phase: string;
    readonly reason?: string;
    readonly podIP?: string;
    readonly hostIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly imageID: string;
  readonly containerID?: string;
  readonly state: {
    readonly waiting?: { readonly reason: string };
    readonly running?: { readonly startedAt: string };
    readonly terminated?: { readonly exitCode: number; readonly reason: string };
  };
}

/** One word for a container: `ready`, `running`, the reason it waits for, or its exit code. */
function summary({ ready, state }: ContainerStatus): string {
  if (state.terminated) return `exit ${state.terminated.exitCode}`;
  if (state.waiting) return state.waiting.reason;
  return ready ? 'ready' : 'running';
}

function isReady({ status }: Pod): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

function pod(name: string, images: readonly string[], extra: { labels?: object; spec?: object } = {}): object {
  return {
    metadata: { name, labels: extra.labels ?? {} },
    spec: {
      restartPolicy: 'Never',
      containers: images.map((image, index) => ({ name: `c${index}`, image })),
      ...extra.spec,
    },
  };
}

describe('local cluster', function () {
  this.timeout(120_000);
  let cluster: LocalCluster;
  let api: LocalApi;

  before(async () => {
    // the only slow part is the first build of the binaries
    this.timeout(1_200_000);
    cluster = await startCluster({ log: (line) => process.stderr.write(`${line}\n`), fargateStartMs: 300 });
    api = new LocalApi(cluster.kubeconfig);
  });

  after(async () => {
    await api.close();
    await cluster.stop();
  });

  const create = (body: object): Promise<Pod> => api.request<Pod>(pods, { method: 'POST', body });
  const read = (name: string): Promise<Pod> => api.request<Pod>(`${pods}/${name}`);

  it('has Ready nodes of both groups in three zones', async () => {
    const { items } = await api.request<{ items: KubeObject[] }>('/api/v1/nodes');
    assert.equal(items.length, defaultNodes);
    const values = (label: string): string[] =>
      [...new Set(items.map((node) => node.metadata.labels?.[label] ?? ''))].toSorted(byText);
    assert.deepEqual(values('eks.amazonaws.com/nodegroup'), ['compute', 'general']);
    assert.deepEqual(values('topology.kubernetes.io/zone'), ['us-east-1a', 'us-east-1b', 'us-east-1c']);
  });

  interface Fate {
    readonly images: readonly string[];
    readonly phase: string;
    readonly containers: readonly string[];
    readonly ready?: boolean;
    readonly reason?: string;
  }

  // times are shortened where a fate's own would make the test wait
  const fates: Record<string, Fate> = {
    plain: { images: ['app', 'team/side:v1'], phase: 'Running', containers: ['ready', 'ready'], ready: true },
    slow: { images: ['fate/slow/3s'], phase: 'Running', containers: ['ready'], ready: true },
    'never-ready': { images: ['app', 'fate/never-ready'], phase: 'Running', containers: ['ready', 'running'] },
    'exit-0': { images: ['fate/exit-0'], phase: 'Succeeded', containers: ['exit 0'] },
    'exit-1': { images: ['fate/exit-1'], phase: 'Failed', containers: ['exit 1'] },
    'exit-several': { images: ['fate/exit-0', 'fate/exit-3/1s'], phase: 'Failed', containers: ['exit 0', 'exit 3'] },
    'exit-one-of-two': { images: ['app', 'fate/exit-0'], phase: 'Running', containers: ['ready', 'exit 0'] },
    'crash-later': { images: ['fate/crash-later/3s'], phase: 'Failed', containers: ['exit 1'] },
    'pull-error': { images: ['fate/pull-error/2s'], phase: 'Pending', containers: ['ImagePullBackOff'] },
    'pull-error-beside': {
      images: ['app', 'fate/pull-error'],
      phase: 'Pending',
      containers: ['ready', 'ImagePullBackOff'],
    },
    'unhealthy-later': { images: ['fate/unhealthy-later/3s'], phase: 'Running', containers: ['running'] },
  };

  describe('fates', () => {
    before(async () => {
      await Promise.all(Object.entries(fates).map(([name, { images }]) => create(pod(name, images))));
    });

    it('shows a slow and an unhealthy pod in their first state', async () => {
      const first = await eventually(5, async () => {
        const states = await Promise.all([read('slow'), read('unhealthy-later')]);
        assert.deepEqual(
          states.map(({ status }) => status.phase),
          ['Running', 'Running'],
        );
        return states.map(isReady);
      });
      assert.deepEqual(first, [false, true]);
    });

    for (const [name, want] of Object.entries(fates)) {
      it(`ends ${name} in ${want.phase} with ${want.containers.join(', ')}`, async () => {
        const got = await eventually(15, async () => {
          const state = await read(name);
          assert.deepEqual(state.status.containerStatuses?.map(summary), want.containers);
          return state;
        });
        assert.equal(got.status.phase, want.phase);
        assert.equal(isReady(got), want.ready ?? false);
      });
    }
  });

  it('fills in what a kubelet would', async () => {
    const init = { name: 'init', image: 'setup' };
    const sidecar = { name: 'side', image: 'proxy', restartPolicy: 'Always' };
    await create(pod('complete', ['registry.example:5000/team/app:v1'], { spec: { initContainers: [init, sidecar] } }));
    const { status } = await eventually(5, async () => {
      const state = await read('complete');
      assert.ok(isReady(state));
      return state;
    });
    assert.deepEqual(status.initContainerStatuses?.map(summary), ['exit 0', 'ready']);
    const [container] = status.containerStatuses ?? [];
    const shapes: [unknown, RegExp][] = [
      [status.podIP, /^10\./],
      [status.hostIP, /^10\./],
      [container?.state.running?.startedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/],
      [container?.imageID, /^registry\.example:5000\/team\/app@sha256:[0-9a-f]{64}$/],
      [container?.containerID, /^containerd:\/\/[0-9a-f]{64}$/],
    ];
    for (const [value, shape] of shapes) assert.match(String(value), shape);
  });

  it('keeps a pod whose deadline was shortened, failed and with its exit codes', async () => {
    await create(pod('deadline', ['app', 'fate/graceful', 'fate/exit-0/1s']));
    await eventually(8, async () => {
      assert.deepEqual((await read('deadline')).status.containerStatuses?.map(summary), ['ready', 'ready', 'exit 0']);
    });
    const body = { spec: { activeDeadlineSeconds: 1 } };
    await api.request(`${pods}/deadline`, { method: 'PATCH', body, contentType: 'application/merge-patch+json' });
    const { status } = await eventually(5, async () => {
      const state = await read('deadline');
      assert.equal(state.status.phase, 'Failed');
      return state;
    });
    assert.equal(status.reason, 'DeadlineExceeded');
    assert.deepEqual(status.containerStatuses?.map(summary), ['exit 143', 'exit 0', 'exit 0']);
  });

  it('reports exit codes in the last change before a deleted pod goes', async () => {
    const made = await create(pod('deleted', ['app', 'fate/graceful']));
    await eventually(5, async () => assert.ok(isReady(await read('deleted'))));
    const last: string[][] = [];
    const selector = `fieldSelector=metadata.name%3Ddeleted&watch=true&resourceVersion=${made.metadata.resourceVersion}`;
    const watching = (async () => {
      for await (const { type, object } of api.watch(`${pods}?${selector}`, AbortSignal.timeout(10_000))) {
        if (type === 'DELETED') return;
        last.push(((object as Pod).status.containerStatuses ?? []).map(summary));
      }
    })();
    await api.request(`${pods}/deleted`, { method: 'DELETE' });
    await watching;
    assert.deepEqual(last.at(-1), ['exit 143', 'exit 0']);
  });

  it('lets a container that ignores TERM use up its grace period', async () => {
    await create(pod('stubborn', ['fate/ignore-term'], { spec: { terminationGracePeriodSeconds: 3 } }));
    await eventually(5, async () => assert.ok(isReady(await read('stubborn'))));
    const startMs = Date.now();
    await api.request(`${pods}/stubborn`, { method: 'DELETE' });
    await eventually(8, () => assert.rejects(read('stubborn'), { status: 404 }));
    assert.ok(Date.now() - startMs > 1_900, `gone after ${Date.now() - startMs} ms`);
  });

  it('fails a pod whose init container fails, without starting the others', async () => {
    await create(pod('bad-init', ['app'], { spec: { initContainers: [{ name: 'init', image: 'fate/exit-4' }] } }));
    const { status } = await eventually(5, async () => {
      const state = await read('bad-init');
      assert.equal(state.status.phase, 'Failed');
      return state;
    });
    assert.deepEqual(status.initContainerStatuses?.map(summary), ['exit 4']);
    assert.deepEqual(status.containerStatuses?.map(summary), ['PodInitializing']);
  });

  describe('Fargate', () => {
    const labels = { 'ecs-operator.dev/launch-type': 'FARGATE' };

    it('gives a matching pod a node of its own, and takes the node away with the pod', async () => {
      const made = await create(pod('serverless', ['app'], { labels }));
      assert.equal(made.spec.schedulerName, 'fargate-scheduler');
      assert.equal(made.metadata.labels?.['eks.amazonaws.com/fargate-profile'], 'ecs-fargate');
      const state = await eventually(5, async () => {
        const current = await read('serverless');
        assert.ok(isReady(current));
        return current;
      });
      assert.equal(state.metadata.annotations?.['CapacityProvisioned'], '0.25vCPU 0.5GB');
      const path = `/api/v1/nodes/${state.spec.nodeName}`;
      const node = await api.request(path);
      assert.match(node.metadata.name, /^fargate-ip-/);
      assert.equal(node.metadata.labels?.['eks.amazonaws.com/compute-type'], 'fargate');
      await api.request(`${pods}/serverless`, { method: 'DELETE' });
      await eventually(5, () => assert.rejects(api.request(path), { status: 404 }));
    });

    it('refuses a pod that Fargate would not run, and says why', async () => {
      await create(pod('host-network', ['app'], { labels, spec: { hostNetwork: true } }));
      const path = '/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dhost-network';
      await eventually(5, async () => {
        const { items } = await api.request<{ items: { message: string }[] }>(path);
        assert.match(items[0]?.message ?? '', /not supported on Fargate.*HostNetwork/);
      });
      assert.equal((await read('host-network')).status.phase, 'Pending');
    });

    it('rounds requests up to what Fargate offers', () => {
      const cases: [number, number, string][] = [
        [0, 0, '250 512'],
        [250, 256, '250 512'],
        [250, 512, '250 1024'],
        [300, 100, '500 1024'],
        [250, 2048, '500 3072'],
        [4_000, 30_464, '4000 30720'],
        [4_000, 30_465, '8000 32768'],
        [8_001, 1_000, '16000 32768'],
      ];
      for (const [cpuMillis, memoryMiB, want] of cases) {
        const size = planFargateSize({ cpuMillis, memoryMiB });
        assert.equal(`${size?.cpuMillis} ${size?.memoryMiB}`, want, `${cpuMillis}m and ${memoryMiB} MiB`);
      }
      assert.equal(planFargateSize({ cpuMillis: 16_001, memoryMiB: 0 }), undefined);
    });
  });

  it('freezes a lost node and its pods, and lets them go on when it returns', async () => {
    await create(pod('on-lost-node', ['app']));
    const { spec } = await eventually(5, async () => {
      const state = await read('on-lost-node');
      assert.ok(isReady(state));
      return state;
    });
    const node = spec.nodeName ?? '';
    await loseNode(api, node);
    await eventually(5, async () => {
      const { spec: lost } = await api.request<{ spec: { taints?: { key: string }[] } }>(`/api/v1/nodes/${node}`);
      assert.ok((lost.taints ?? []).some(({ key }) => key === 'node.kubernetes.io/unreachable'));
    });
    await api.request(`${pods}/on-lost-node`, { method: 'DELETE' });
    // longer than the second a pod takes to stop on a node that lives
    await wait(2_500);
    assert.equal((await read('on-lost-node')).status.phase, 'Running');
    await returnNode(api, node);
    await eventually(20, () => assert.rejects(read('on-lost-node'), { status: 404 }));
  });

  it('records writes with their bodies, and none of the heartbeats', async () => {
    const records = readFileSync(cluster.auditLog, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Audit);
    const created = records.find(({ verb, objectRef }) => verb === 'create' && objectRef?.name === 'complete');
    assert.ok(created);
    assert.equal(created.user.username, 'admin');
    assert.ok(created.requestObject);
    const noise = records.filter(
      ({ objectRef, user }) => objectRef?.resource === 'leases' && user.username !== 'admin',
    );
    assert.deepEqual(noise, []);
  });

  interface Audit {
    readonly verb: string;
    readonly user: { readonly username: string };
    readonly objectRef?: { readonly name?: string; readonly resource: string };
    readonly requestObject?: object;
  }

  it('runs beside another cluster, which leaves nothing behind when it stops', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ecs-operator-second-'));
    const second = await startCluster({ dir, nodes: 0, detached: true, log: () => undefined });
    const again = await startCluster({ dir, nodes: 0, detached: true, log: () => undefined });
    assert.equal(again.kubeconfig, second.kubeconfig);
    const other = new LocalApi(second.kubeconfig);
    assert.notEqual(other.server, api.server);
    const { items } = await other.request<{ items: KubeObject[] }>('/api/v1/nodes');
    assert.deepEqual(items, []);
    await other.close();
    assert.equal(processesOf(dir).length, 7);
    await second.stop();
    assert.deepEqual(processesOf(dir), []);
    assert.equal(existsSync(dir), false);
  });

  it('can be stopped after its supervisor was killed', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ecs-operator-headless-'));
    const headless = await startCluster({ dir, nodes: 0, log: () => undefined });
    const { supervisor } = JSON.parse(readFileSync(join(dir, 'state.json'), 'utf8')) as { supervisor: number };
    process.kill(supervisor, 'SIGKILL');
    await eventually(5, async () => assert.equal(processesOf(dir).length, 6));
    await headless.stop();
    assert.deepEqual(processesOf(dir), []);
    assert.equal(existsSync(dir), false);
  });

  it('ends with the process that started it, even when that is killed', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ecs-operator-orphan-'));
    const program = `
      import { startCluster } from ${JSON.stringify(join(import.meta.dirname, '../deploy/local/cluster.ts'))};
      await startCluster({ dir: ${JSON.stringify(dir)}, nodes: 0, log: () => undefined });
      setInterval(() => undefined, 1_000_000);`;
    const starter = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' });
    await eventually(60, async () => {
      assert.match(readFileSync(join(dir, 'state.json'), 'utf8'), /"ready": true/);
    });
    assert.equal(processesOf(dir).length, 7 + 1);
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    await eventually(10, async () => assert.deepEqual(processesOf(dir), []));
    await eventually(5, async () => assert.equal(existsSync(dir), false));
  });
});

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** Ids of the processes whose command line names the directory. */
function processesOf(dir: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir);
    } catch {
      return false;
    }
  });
}
