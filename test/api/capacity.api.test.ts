import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { capacityProviderKind } from '../../src/api/capacity-provider.ts';
import { clusterKind } from '../../src/api/cluster.ts';
import type { Kind } from '../../src/api/kind.ts';
import { serviceKind } from '../../src/api/service.ts';
import { taskKind } from '../../src/api/task.ts';
import type { JsonObject } from '../support/api-server.ts';
import { assertRefused, assertTaken, servesKinds } from '../support/served-kinds.ts';

const served = servesKinds('capacity', capacityProviderKind, clusterKind, serviceKind, taskKind);

interface Case {
  /** Those that it is written into; services when absent. */
  readonly kinds?: readonly Kind[];
  readonly spec: JsonObject;
  readonly want: readonly string[];
}

const members = [serviceKind, taskKind];

/** The spec of a kind with those members, and what it needs besides. */
function specOf(kind: Kind, spec: JsonObject): JsonObject {
  return members.includes(kind) ? { taskDefinition: 'web', ...spec } : spec;
}

function named(capacityProvider: string, shares: JsonObject = {}): JsonObject {
  return { capacityProvider, ...shares };
}

describe('The API server, of capacity', () => {
  const refusals: Record<string, Case> = {
    'two bases': {
      kinds: members,
      spec: { capacityProviderStrategy: [named('a', { base: 1, weight: 1 }), named('b', { base: 2 })] },
      want: ['spec.capacityProviderStrategy', 'only one capacity provider can have a base, and ["a", "b"] have one'],
    },
    'two bases of the default strategy': {
      kinds: [clusterKind],
      spec: { defaultCapacityProviderStrategy: [named('a', { base: 1, weight: 1 }), named('b', { base: 2 })] },
      want: ['spec.defaultCapacityProviderStrategy', 'only one capacity provider can have a base'],
    },
    'several providers without a weight, for none is 0': {
      kinds: members,
      spec: { capacityProviderStrategy: [named('a', { base: 1 }), named('b')] },
      want: ['of several capacity providers one must have a weight above 0, and weight is 0 where it is left out'],
    },
    'a provider twice': {
      kinds: members,
      spec: { capacityProviderStrategy: [named('a', { weight: 1 }), named('b'), named('a')] },
      want: ["capacity provider 'a' is in the strategy more than once"],
    },
    'a weight out of range': {
      spec: { capacityProviderStrategy: [named('a', { weight: 1001 })] },
      want: ['spec.capacityProviderStrategy[0].weight', '1001', 'less than or equal to 1000'],
    },
    'a base out of range': {
      spec: { capacityProviderStrategy: [named('a', { base: 100_001 })] },
      want: ['spec.capacityProviderStrategy[0].base', 'less than or equal to 100000'],
    },
    'more than 20 providers': {
      spec: {
        capacityProviderStrategy: Array.from({ length: 21 }, (_, index) => named(`p${String(index)}`, { weight: 1 })),
      },
      want: ['spec.capacityProviderStrategy', '21', 'must have at most 20 items'],
    },
    'a name that none can have': {
      spec: { capacityProviderStrategy: [named('a b')] },
      want: ['spec.capacityProviderStrategy[0].capacityProvider', '"a b"'],
    },
    'a launch type beside a strategy': {
      kinds: members,
      spec: { launchType: 'FARGATE', capacityProviderStrategy: [named('a')] },
      want: ['spec.launchType', 'launchType and capacityProviderStrategy cannot both be set: leave one of them out'],
    },
    'a fallback after no time': {
      spec: { kubernetes: { capacityProviderFallback: { order: ['a'], afterSeconds: 29 } } },
      want: ['capacityProviderFallback.afterSeconds', '29', 'greater than or equal to 30'],
    },
    'a fallback without providers': {
      spec: { kubernetes: { capacityProviderFallback: {} } },
      want: ['capacityProviderFallback.order', 'Required value'],
    },
    'a constraint without an expression': {
      kinds: members,
      spec: { placementConstraints: [{ type: 'memberOf' }] },
      want: ['expression', 'memberOf needs an expression, such as attribute:ecs.instance-type =~ m6i.*'],
    },
    'distinctInstance with an expression': {
      kinds: members,
      spec: { placementConstraints: [{ type: 'distinctInstance', expression: 'runningTasksCount == 0' }] },
      want: ['distinctInstance has no expression'],
    },
    'a field of spread that is none': {
      kinds: members,
      spec: { placementStrategy: [{ type: 'spread', field: 'zone' }] },
      want: ["the field of spread must be attribute:NAME, instanceId or host, not 'zone'"],
    },
    'spread without a field': {
      spec: { placementStrategy: [{ type: 'spread' }] },
      want: ["the field of spread must be attribute:NAME, instanceId or host, not ''"],
    },
    'a field of binpack that is none': {
      kinds: members,
      spec: { placementStrategy: [{ type: 'binpack', field: 'disk' }] },
      want: ["the field of binpack must be cpu or memory, not 'disk'"],
    },
    'binpack without a field': {
      spec: { placementStrategy: [{ type: 'binpack' }] },
      want: ["the field of binpack must be cpu or memory, not ''"],
    },
    'a field of random': {
      spec: { placementStrategy: [{ type: 'random', field: 'cpu' }] },
      want: ["random has no field, and 'cpu' is one"],
    },
    'a provider that is nothing': {
      kinds: [capacityProviderKind],
      spec: {},
      want: ['one of nodeGroup, nodeSelector, fargate must say what the capacity is, not 0 of them'],
    },
    'a provider that is two things': {
      kinds: [capacityProviderKind],
      spec: { nodeGroup: 'general', fargate: {} },
      want: ['one of nodeGroup, nodeSelector, fargate must say what the capacity is, not 2 of them'],
    },
    'a label value that no node can have': {
      kinds: [capacityProviderKind],
      spec: { nodeSelector: { tier: 'g o l d' } },
      want: ['spec.nodeSelector', '"g o l d"'],
    },
    'a label that no node can have': {
      kinds: [capacityProviderKind],
      spec: { nodeSelector: { 'a b': 'c' } },
      want: ["the key 'a b' must be a qualified name, such as example.com/name"],
    },
  };
  for (const [sentence, { kinds = [serviceKind], spec, want }] of Object.entries(refusals)) {
    for (const kind of kinds) {
      it(`refuses ${sentence}: ${kind.kind}`, async () => {
        assertRefused(await served.create({ kind, spec: specOf(kind, spec) }), want);
      });
    }
  }

  const taken: Record<string, Omit<Case, 'want'>> = {
    'a strategy with base and weights': {
      kinds: members,
      spec: { capacityProviderStrategy: [named('a', { base: 1, weight: 1 }), named('FARGATE_SPOT', { weight: 4 })] },
    },
    'one provider without a weight': { kinds: members, spec: { capacityProviderStrategy: [named('a')] } },
    'no strategy, as ECS prints it, beside a launch type': {
      kinds: members,
      spec: { launchType: 'FARGATE', capacityProviderStrategy: [] },
    },
    'providers that stand in': {
      spec: { kubernetes: { capacityProviderFallback: { order: ['a', 'FARGATE'], afterSeconds: 60 } } },
    },
    'binpack in upper case': { kinds: members, spec: { placementStrategy: [{ type: 'binpack', field: 'MEMORY' }] } },
    'all strategies in order': {
      kinds: members,
      spec: {
        placementStrategy: [
          { type: 'spread', field: 'attribute:ecs.availability-zone' },
          { type: 'spread', field: 'instanceId' },
          { type: 'binpack', field: 'cpu' },
          { type: 'random' },
        ],
      },
    },
    'a cluster with providers and a default strategy': {
      kinds: [clusterKind],
      spec: { capacityProviders: ['a', 'FARGATE'], defaultCapacityProviderStrategy: [named('a')] },
    },
    'a node group by another name': {
      kinds: [capacityProviderKind],
      spec: { providerName: 'FARGATE_SPOT', nodeGroup: 'spot', allowedNamespaces: ['shop'] },
    },
    'nodes by their labels': {
      kinds: [capacityProviderKind],
      spec: { nodeSelector: { 'karpenter.sh/nodepool': 'default' } },
    },
    'a Fargate profile': { kinds: [capacityProviderKind], spec: { fargate: { profile: 'jobs' } } },
  };
  for (const [sentence, { kinds = [serviceKind], spec }] of Object.entries(taken)) {
    for (const kind of kinds) {
      it(`takes ${sentence}: ${kind.kind}`, async () => {
        assertTaken(await served.create({ kind, spec: specOf(kind, spec) }));
      });
    }
  }

  it('gives an item of a strategy the weight and the base that ECS gives it', async () => {
    const spec = { taskDefinition: 'web', capacityProviderStrategy: [named('a')] };
    const { body } = await served.create({ kind: serviceKind, spec });
    const { capacityProviderStrategy } = body['spec'] as JsonObject;
    assert.deepEqual(capacityProviderStrategy, [{ capacityProvider: 'a', weight: 0, base: 0 }]);
  });
});
