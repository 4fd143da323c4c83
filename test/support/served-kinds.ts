import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before } from 'mocha';
import type { Kind } from '../../src/api/kind.ts';
import { apiVersion, group, version } from '../../src/api/meta.ts';
import { crdName, renderCrd } from '../../src/codegen/crds.ts';
import { connect, type Answer, type ApiServer, type JsonObject } from './api-server.ts';
import { clusterSetting, eventually } from './cluster.ts';

/** An object as it is asked for. */
export interface Asked {
  readonly kind: Kind;
  /** `web` when absent. */
  readonly name?: string;
  readonly spec?: JsonObject;
  /** Of the request: strict, and nothing is stored, when absent. */
  readonly query?: string;
}

const strictDryRun = 'dryRun=All&fieldValidation=Strict';

/** A namespace of a real API server, for a suite that asks it for objects as they are. */
export class ServedKinds {
  readonly namespace: string;
  #server: ApiServer | undefined;

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  /** Serves those kinds in the namespace. */
  async open(kinds: readonly Kind[]): Promise<void> {
    const server = await connect(clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG'));
    this.#server = server;
    await Promise.all(kinds.map((kind) => install(server, kind)));
    await server({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: this.namespace } } });
    // No pod is taken before its ServiceAccount is there.
    await this.#reach(`/api/v1/namespaces/${this.namespace}/serviceaccounts/default`);
  }

  async close(): Promise<void> {
    await this.send({ method: 'DELETE', path: `/api/v1/namespaces/${this.namespace}` });
  }

  /** Sends one request. */
  get send(): ApiServer {
    assert(this.#server, 'the hooks of the suite have not run');
    return this.#server;
  }

  pathOf({ plural, scope }: Kind): string {
    const place = scope === 'Namespaced' ? `/namespaces/${this.namespace}` : '';
    return `/apis/${group}/${version}${place}/${plural}`;
  }

  create({ kind, name = 'web', spec, query = strictDryRun }: Asked): Promise<Answer> {
    const body = { apiVersion, kind: kind.kind, metadata: { name }, ...(spec && { spec }) };
    return this.send({ method: 'POST', path: `${this.pathOf(kind)}?${query}`, body });
  }

  /** Whether a pod would be taken, and as what. */
  tryPod(body: object): Promise<Answer> {
    return this.send({ method: 'POST', path: `/api/v1/namespaces/${this.namespace}/pods?${strictDryRun}`, body });
  }

  async #reach(path: string): Promise<void> {
    await eventually(async () => assert.equal((await this.send({ method: 'GET', path })).status, 200));
  }
}

/** Before the suite: serves those kinds in a namespace of its own; after it: deletes the namespace. */
export function servesKinds(name: string, ...kinds: readonly Kind[]): ServedKinds {
  const served = new ServedKinds(`${name}-${randomBytes(4).toString('hex')}`);
  before(function () {
    this.timeout(60_000);
    return served.open(kinds);
  });
  after(() => served.close());
  return served;
}

/** Applies the CRD of a kind and waits until the server serves it. */
async function install(server: ApiServer, kind: Kind): Promise<void> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crdName(kind)}`;
  const { status, body } = await server({
    method: 'PATCH',
    path: `${path}?fieldManager=test&force=true&fieldValidation=Strict`,
    body: renderCrd(kind),
    contentType: 'application/apply-patch+yaml',
  });
  assert(status === 200 || status === 201, `${crdName(kind)}: ${String(body['message'])}`);
  await eventually(async () => {
    const list = await server({ method: 'GET', path: `/apis/${group}/${version}/${kind.plural}?limit=1` });
    assert.equal(list.status, 200, `${crdName(kind)} is not served`);
  });
}

/** That the object was refused, in a message with all these words. */
export function assertRefused({ status, body }: Answer, want: readonly string[]): void {
  const message = String(body['message']);
  assert(status === 422 || status === 400, `${String(status)} ${message}`);
  const missing = want.filter((words) => !message.includes(words));
  assert.deepEqual(missing, [], message);
}

/** That it was taken. */
export function assertTaken({ status, body }: Answer): void {
  assert.equal(status, 201, String(body['message']));
}
