import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Client } from '../../src/kube/client.ts';
import type { KubeObject, Resource } from '../../src/kube/resource.ts';
import { failure, pod, podList, pods } from '../support/kube-objects.ts';
import { startBench, type Bench } from '../support/transport.ts';

const nodes: Resource<KubeObject> = { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };
const at = { namespace: 'default', name: 'p' };

interface Case {
  readonly call: (client: Client) => Promise<unknown>;
  readonly want: { method: string; path: string; query?: Record<string, string>; type?: string; body?: unknown };
}

describe('Client', () => {
  let bench: Bench;
  let client: Client;

  beforeEach(async () => {
    bench = await startBench();
    client = new Client(bench.transport);
  });

  afterEach(async () => {
    await bench.stop();
  });

  const object = '/api/v1/namespaces/default/pods/p';
  const cases: Record<string, Case> = {
    'gets an object': { call: (client) => client.get(pods, at), want: { method: 'GET', path: object } },
    'gets a cluster-scoped object': {
      call: async (client) => ({ ...(await client.get(nodes, { name: 'n' })), kind: 'Pod' }),
      want: { method: 'GET', path: '/api/v1/nodes/n' },
    },
    'creates an object, saying what it is': {
      call: (client) => client.create(pods, 'default', { metadata: { name: 'p' } }),
      want: {
        method: 'POST',
        path: '/api/v1/namespaces/default/pods',
        type: 'application/json',
        body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } },
      },
    },
    'replaces an object': {
      call: (client) => client.replace(pods, pod('p', 5)),
      want: { method: 'PUT', path: object, type: 'application/json', body: pod('p', 5) },
    },
    'replaces the status of an object': {
      call: (client) => client.replace(pods, pod('p', 5), { subresource: 'status' }),
      want: { method: 'PUT', path: `${object}/status`, body: pod('p', 5) },
    },
    'merges a patch': {
      call: (client) => client.patch(pods, at, { type: 'merge', body: { a: null } }),
      want: { method: 'PATCH', path: object, type: 'application/merge-patch+json', body: { a: null } },
    },
    'patches a subresource by JSON patch': {
      call: (client) => client.patch(pods, { ...at, subresource: 'status' }, { type: 'json', body: [] }),
      want: { method: 'PATCH', path: `${object}/status`, type: 'application/json-patch+json', body: [] },
    },
    'applies, by force': {
      call: (client) => client.patch(pods, at, { type: 'apply', body: {}, fieldManager: 'm' }),
      want: {
        method: 'PATCH',
        path: object,
        query: { fieldManager: 'm', force: 'true' },
        type: 'application/apply-patch+yaml',
      },
    },
    'deletes the object with that uid': {
      call: (client) => client.delete(pods, at, { uid: 'u', gracePeriodSeconds: 0 }),
      want: {
        method: 'DELETE',
        path: object,
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'u' }, gracePeriodSeconds: 0 },
      },
    },
    'deletes whatever has the name': {
      call: (client) => client.delete(pods, at),
      want: { method: 'DELETE', path: object, body: { apiVersion: 'v1', kind: 'DeleteOptions' } },
    },
  };
  for (const [sentence, { call, want }] of Object.entries(cases)) {
    it(sentence, async () => {
      const answer = call(client);
      const received = await bench.server.next();
      received.reply(200, pod('p', 6));
      assert.deepEqual(await answer, pod('p', 6));
      const { method, path, query, headers, body } = received;
      assert.deepEqual([method, path, Object.fromEntries(query)], [want.method, want.path, want.query ?? {}]);
      if (want.type !== undefined) assert.equal(headers['content-type'], want.type);
      if (want.body !== undefined) assert.deepEqual(body, want.body);
    });
  }

  it('gives objects without managedFields', async () => {
    const answer = client.get(pods, at);
    const stored = pod('p', 5, { status: { phase: 'Running' } });
    const raw = { ...stored, metadata: { ...stored.metadata, managedFields: [{ manager: 'kubectl' }] } };
    (await bench.server.next()).reply(200, raw);
    assert.deepEqual(await answer, stored);
  });

  it('gives the answer to a delete as it is: an object that is ending, or a Status', async () => {
    const answer = client.delete(pods, at);
    (await bench.server.next()).reply(200, { kind: 'Status', status: 'Success' });
    assert.deepEqual(await answer, { kind: 'Status', status: 'Success' });
  });

  it('lists a page, with apiVersion and kind filled in', async () => {
    const options = { namespace: 'default', labelSelector: 'a=b', fieldSelector: 'c=d', limit: 2, continue: 'token' };
    const page = client.list(pods, options);
    const received = await bench.server.next();
    received.reply(200, podList(9, [pod('a', 3), pod('b', 4)], 'more'));
    assert.deepEqual(await page, { items: [pod('a', 3), pod('b', 4)], resourceVersion: '9', continue: 'more' });
    assert.equal(received.path, '/api/v1/namespaces/default/pods');
    const { namespace: _, ...query } = options;
    assert.deepEqual(Object.fromEntries(received.query), { ...query, limit: '2' });
  });

  it('lists the last page, an empty one, written as null', async () => {
    const page = client.list(pods);
    const metadata = { resourceVersion: '9', continue: '' };
    (await bench.server.next()).reply(200, { kind: 'PodList', metadata, items: null });
    assert.deepEqual(await page, { items: [], resourceVersion: '9' });
  });

  it('watches from a version on, with bookmarks', async () => {
    const events = client.watch(pods, { namespace: 'default', resourceVersion: '9', timeoutSeconds: 300 });
    const first = events.next();
    const received = await bench.server.next();
    const query = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '9', timeoutSeconds: '300' };
    assert.deepEqual(Object.fromEntries(received.query), query);
    received.open();
    const raw = { ...pod('a', 10), metadata: { ...pod('a', 10).metadata, managedFields: [] } };
    await received.event('MODIFIED', raw);
    await received.event('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '12' } });
    assert.deepEqual((await first).value, { type: 'MODIFIED', object: pod('a', 10) });
    assert.deepEqual((await events.next()).value, { type: 'BOOKMARK', resourceVersion: '12' });
  });

  it('fails with the error that a watch reports in its midst', async () => {
    const first = client.watch(pods, { resourceVersion: '9', timeoutSeconds: 300 }).next();
    const status = { ...failure(410, 'Expired', 'too old resource version'), details: { retryAfterSeconds: 3 } };
    await (await bench.server.next()).open().event('ERROR', status);
    await assert.rejects(first, { name: 'ApiError', status: 410, reason: 'Expired', retryAfterMs: 3000 });
  });
});
