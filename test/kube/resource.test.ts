import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { KubeObject as ApiObject, Pod as ApiPod } from '../../src/api/meta.ts';
import {
  compareVersions,
  keyOf,
  normalized,
  pathOf,
  type KubeObject,
  type Location,
  type Resource,
} from '../../src/kube/resource.ts';
import { pod, pods } from '../support/kube-objects.ts';

const services = { group: 'ecs-operator.dev', version: 'v1alpha1', kind: 'ECSService', plural: 'ecsservices' };
const nodes: Resource<KubeObject> = { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };

/** Compiles only while the API layer's types fit the kit's, which it may not import. */
export const fits: { readonly object: (object: ApiObject) => KubeObject; readonly pods: Resource<ApiPod> } = {
  object: (object) => object,
  pods: { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true },
};

describe('pathOf', () => {
  const cases: Record<string, { resource: Resource<KubeObject>; at?: Location; want: string }> = {
    'a kind of the core group': {
      resource: pods,
      at: { namespace: 'a', name: 'p' },
      want: '/api/v1/namespaces/a/pods/p',
    },
    'a collection over all namespaces': { resource: pods, want: '/api/v1/pods' },
    'a collection of one namespace': { resource: pods, at: { namespace: 'a' }, want: '/api/v1/namespaces/a/pods' },
    'a kind of a named group': {
      resource: { ...services, namespaced: true },
      at: { namespace: 'a', name: 'web', subresource: 'status' },
      want: '/apis/ecs-operator.dev/v1alpha1/namespaces/a/ecsservices/web/status',
    },
    'a cluster-scoped kind, whatever the namespace': {
      resource: nodes,
      at: { namespace: 'a', name: 'n' },
      want: '/api/v1/nodes/n',
    },
    'a name that would change the path': {
      resource: nodes,
      at: { name: '../pods?x=ü' },
      want: '/api/v1/nodes/..%2Fpods%3Fx%3D%C3%BC',
    },
  };
  for (const [sentence, { resource, at, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(pathOf(resource, at), want);
    });
  }
});

describe('keyOf', () => {
  it('joins namespace and name', () => {
    assert.equal(keyOf(pod('p', 1)), 'default/p');
  });

  it('has an empty namespace for cluster-scoped objects', () => {
    assert.equal(keyOf({ metadata: { name: 'n' } }), '/n');
  });
});

describe('compareVersions', () => {
  it('orders as the numbers do, beyond 2^53 too', () => {
    const version = fc.oneof(fc.bigInt({ min: 1n, max: 2n ** 64n }), fc.bigInt({ min: 1n, max: 200n }));
    fc.assert(
      fc.property(version, version, (a, b) => {
        const want = a < b ? -1 : a > b ? 1 : 0;
        assert.equal(Math.sign(compareVersions(String(a), String(b))), want);
      }),
    );
  });
});

describe('normalized', () => {
  it('leaves apiVersion and kind that differ: the scale of an object is no such object', () => {
    const scale = { ...pod('p', 1), apiVersion: 'autoscaling/v1', kind: 'Scale' };
    assert.deepEqual(normalized(pods, scale), scale);
  });

  it('adds apiVersion and kind, takes managedFields out and leaves the rest', () => {
    const { apiVersion: _, kind: __, ...bare } = pod('p', 1, { spec: { nodeName: 'n' } });
    const raw = { ...bare, metadata: { ...bare.metadata, managedFields: [{}] } } as unknown as typeof bare & KubeObject;
    assert.deepEqual(normalized(pods, raw), pod('p', 1, { spec: { nodeName: 'n' } }));
  });
});
