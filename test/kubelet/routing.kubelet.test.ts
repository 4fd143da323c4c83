import assert from 'node:assert/strict';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { before, describe, it } from 'mocha';
import { applyAll, eventually, kubectl, kubectlJson } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { container, RealTasks } from '../support/real-tasks.ts';

const tasks = new RealTasks(`kubelet-routing-${String(process.pid)}`);

/** Takes half a second for each answer, and ends at once when it is told to, whoever is being served. */
const server = `
cd /tmp; busybox mkdir cgi-bin
printf '#!/bin/sh\\nsleep 0.5\\nprintf "Content-Type: text/plain\\r\\n\\r\\nhello"\\n' > cgi-bin/hello
busybox chmod +x cgi-bin/hello
busybox httpd -f -p 8080 -h /tmp & trap 'kill -9 $!; exit 0' TERM
touch /tmp/serving; wait`;

function definition(version: number): object {
  const more = {
    portMappings: [{ name: 'http', containerPort: 8080 }],
    healthCheck: { command: ['CMD', 'test', '-f', '/tmp/serving'], interval: 5, timeout: 2 },
    environment: [{ name: 'VERSION', value: String(version) }],
  };
  return tasks.definition('web', { containerDefinitions: [container('app', server, more)] });
}

interface Slice {
  readonly endpoints:
    readonly { readonly addresses: readonly string[]; readonly conditions: { readonly ready?: boolean } }[] | null;
}

/** The addresses that the core Service leads to. */
async function addressesOf(service: string): Promise<readonly string[]> {
  const selector = `--selector=kubernetes.io/service-name=${service}`;
  const { items } = await kubectlJson<{ items: readonly Slice[] }>(
    'get',
    '-n',
    tasks.namespace,
    'endpointslices',
    selector,
  );
  const ready = items.flatMap(({ endpoints }) =>
    (endpoints ?? []).filter(({ conditions }) => conditions.ready === true),
  );
  return ready.flatMap((each) => each.addresses).toSorted();
}

/** Asks one task on a connection of its own. */
function ask(address: string): Promise<string> {
  return new Promise((resolve) => {
    const request = get(
      { host: address, port: 8080, path: '/cgi-bin/hello', agent: false, timeout: 5000 },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => (text += part));
        answer.on('close', () => resolve(text));
      },
    );
    request.on('error', ({ message }) => resolve(message));
    request.on('timeout', () => request.destroy(new Error('no answer')));
  });
}

/**
 * Clients of the core Service, who ask without end. They stand on the node, and find the tasks as they would behind
 * kube-proxy, which the node of this tier has not: by the EndpointSlices, as they were about a second ago.
 */
class Clients {
  readonly answers: string[] = [];
  #addresses: readonly string[] = [];

  /** Until the signal aborts. */
  async run(service: string, count: number, stop: AbortSignal): Promise<void> {
    this.#addresses = await addressesOf(service);
    await Promise.all([
      this.#follow(service, stop),
      ...Array.from({ length: count }, (_, index) => this.#ask(index, stop)),
    ]);
  }

  async #follow(service: string, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const now = await addressesOf(service);
      await delay(1000);
      this.#addresses = now;
    }
  }

  async #ask(first: number, stop: AbortSignal): Promise<void> {
    for (let turn = first; !stop.aborted; turn++) {
      const address = this.#addresses[turn % this.#addresses.length];
      this.answers.push(address === undefined ? 'the Service leads nowhere' : await ask(address));
      await delay(20);
    }
  }
}

describe('clients of real tasks', function () {
  this.timeout(90_000);
  tasks.runsOperator();

  before(async () => {
    const spec = { serviceRegistries: [{ registryArn: 'service:shop' }], kubernetes: { drainSeconds: 5 } };
    await applyAll(definition(1), manifestsIn(tasks.namespace).service('web', 2, spec));
    await tasks.steady('web');
    await eventually(async () => assert.equal((await addressesOf('shop')).length, 2));
  });

  it('lose no request while all tasks are replaced', async () => {
    const old = await addressesOf('shop');
    const [clients, stop] = [new Clients(), new AbortController()];
    const running = clients.run('shop', 4, stop.signal);
    let fresh: readonly string[];
    try {
      await eventually(() => Promise.resolve(assert.ok(clients.answers.length > 10)));
      await applyAll(definition(2));
      const isNew = '--for=jsonpath={.status.deployments[0].taskDefinition}=web:2';
      await kubectl(['wait', '-n', tasks.namespace, 'ecssvc/web', isNew, '--timeout=60s']);
      await tasks.steady('web');
      fresh = await addressesOf('shop');
    } finally {
      stop.abort();
      await running;
    }
    assert.deepEqual([fresh.length, fresh.filter((each) => old.includes(each))], [2, []]);
    const lost = clients.answers.filter((each) => each !== 'hello');
    assert.deepEqual(lost, [], `of ${String(clients.answers.length)}`);
  });
});
