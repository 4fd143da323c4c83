import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { readConfig, type Config } from '../../src/config.ts';
import { healthApp } from '../../src/server.ts';

const file = join(import.meta.dirname, '../../deploy/base/deployment.yaml');
const { replicas, template } = (parse(readFileSync(file, 'utf8')) as { spec: DeploymentSpec }).spec;
const [container] = template.spec.containers;

interface DeploymentSpec {
  readonly replicas: number;
  readonly template: { readonly spec: { readonly containers: readonly [Container] } };
}

interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

/** What the operator makes of its arguments in a pod that sets no variable. */
function configured(): Config {
  const sources = { environment: {}, podNamespace: () => 'ecs-operator', isTerminal: false };
  const config = readConfig({ args: container.args, ...sources });
  assert.ok(config !== 'help');
  return config;
}

function portOf(name: string): number | undefined {
  return container.ports.find((port) => port.name === name)?.containerPort;
}

describe('The Deployment of deploy/base', () => {
  it('has several replicas elect a leader', () => {
    assert.ok(replicas > 1);
    assert.notEqual(configured().leaderElection, undefined);
  });

  it('names the ports on which the operator listens, on every address of the pod', () => {
    const { metricsAddress, healthAddress } = configured();
    assert.deepEqual(metricsAddress, { host: '0.0.0.0', port: portOf('metrics') });
    assert.deepEqual(healthAddress, { host: '0.0.0.0', port: portOf('health') });
  });

  it('asks whether it lives and is ready where that is answered', async () => {
    const { livenessProbe, readinessProbe } = container;
    const server = createServer(healthApp({ readiness: () => ({ isReady: false, text: 'not yet' }) }));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const answers = [livenessProbe, readinessProbe].map(async ({ httpGet }) => {
      assert.equal(portOf(httpGet.port), configured().healthAddress.port);
      return (await fetch(`http://127.0.0.1:${String(port)}${httpGet.path}`)).status;
    });
    try {
      assert.deepEqual(await Promise.all(answers), [200, 503]);
    } finally {
      server.close();
    }
  });
});
