import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CapacityOffer } from '../../../src/core/capacity/provider.ts';
import { resolveCapacity, type CapacityRequest } from '../../../src/core/capacity/resolve.ts';
import { cluster, offer, provider, providers, strategy } from '../../support/capacity.ts';
import { iso } from '../../support/builders.ts';

function asks(...items: readonly string[]): CapacityRequest {
  return { capacityProviderStrategy: strategy(...items) };
}

function byDefault(...items: readonly string[]): Partial<CapacityOffer> {
  return { cluster: cluster({ defaultCapacityProviderStrategy: [...strategy(...items)] }) };
}

describe('What tasks run on', () => {
  const cases: Record<
    string,
    { request?: CapacityRequest; given?: Partial<CapacityOffer>; want: readonly [string, ...string[]] }
  > = {
    'is EC2 where nobody says anything': { want: ['EC2'] },
    'is the launch type': { request: { launchType: 'FARGATE' }, want: ['FARGATE'] },
    'is the launch type before the default strategy': {
      request: { launchType: 'FARGATE' },
      given: byDefault('general'),
      want: ['FARGATE'],
    },
    'is the strategy before the default strategy': {
      request: asks('compute'),
      given: byDefault('general'),
      want: ['EC2', 'compute'],
    },
    'is the default strategy where the strategy is empty': {
      request: asks(),
      given: byDefault('general', 'compute:1'),
      want: ['EC2', 'general', 'compute'],
    },
    'is by ECS names, whichever name was given': { request: asks('spot'), want: ['FARGATE', 'FARGATE_SPOT'] },
    'is FARGATE without anybody making it': { request: asks('FARGATE'), want: ['FARGATE', 'FARGATE'] },
    'is Fargate by name, whatever it is mapped to': {
      request: asks('FARGATE:1', 'FARGATE_SPOT:4'),
      want: ['FARGATE', 'FARGATE', 'FARGATE_SPOT'],
    },
    'is Fargate where it is a profile, whatever its name': {
      request: asks('batch:1', 'FARGATE:1'),
      given: { providers: [provider('batch', { fargate: { profile: 'batch' } })] },
      want: ['FARGATE', 'batch', 'FARGATE'],
    },
    'is what has the name rather than what is called so': {
      request: asks('gold'),
      given: {
        providers: [provider('other', { providerName: 'gold' }, { creationTimestamp: iso(9) }), provider('gold')],
      },
      want: ['EC2', 'gold'],
    },
    'is among what the cluster lists, by either name': {
      request: asks('FARGATE_SPOT:1', 'FARGATE:1'),
      given: { cluster: cluster({ capacityProviders: ['spot', 'FARGATE'] }) },
      want: ['FARGATE', 'FARGATE_SPOT', 'FARGATE'],
    },
    'is allowed to its namespace': {
      request: asks('gold'),
      given: { providers: [provider('gold', { allowedNamespaces: ['other', 'shop'] })] },
      want: ['EC2', 'gold'],
    },
  };
  for (const [sentence, { request = {}, given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const found = resolveCapacity(request, offer(given));
      assert.ok(found.kind === 'found', found.kind === 'found' ? '' : found.message);
      assert.deepEqual([found.launchType, ...found.shares.map(({ capacityProvider }) => capacityProvider)], want);
    });
  }

  it('keeps weight and base, with what the provider is', () => {
    const found = resolveCapacity(
      asks('gold:2:3', 'general:1'),
      offer({ providers: [...providers, provider('gold', { nodeSelector: { tier: 'gold' } })] }),
    );
    assert.ok(found.kind === 'found');
    const gold = { name: 'gold', nodeLabels: { tier: 'gold' }, podLabels: {} };
    const general = { name: 'general', nodeLabels: { 'eks.amazonaws.com/nodegroup': 'general' }, podLabels: {} };
    assert.deepEqual(found.shares, [
      { capacityProvider: 'gold', weight: 2, base: 3, capacity: { launchType: 'EC2', provider: gold } },
      { capacityProvider: 'general', weight: 1, base: 0, capacity: { launchType: 'EC2', provider: general } },
    ]);
  });

  it('is a pod for nodes where FARGATE_SPOT is mapped to them, and one for Fargate with a profile', () => {
    const found = resolveCapacity(
      asks('FARGATE_SPOT:1', 'batch:1'),
      offer({ providers: [...providers, provider('batch', { fargate: { profile: 'jobs' } })] }),
    );
    assert.ok(found.kind === 'found');
    assert.deepEqual(
      found.shares.map(({ capacity }) => [
        capacity.launchType,
        capacity.provider?.nodeLabels,
        capacity.provider?.podLabels,
      ]),
      [
        ['EC2', { 'eks.amazonaws.com/nodegroup': 'spot-nodes' }, {}],
        ['FARGATE', {}, { 'eks.amazonaws.com/fargate-profile': 'jobs' }],
      ],
    );
  });
});

describe('What stands in for a provider', () => {
  const standIns = (fallback: readonly string[], request = asks('general')): readonly unknown[] => {
    const found = resolveCapacity({ ...request, fallback }, offer());
    if (found.kind === 'missing') return [found.reason, found.message];
    return found.fallbacks?.map(({ capacityProvider, capacity }) => [capacityProvider, capacity.launchType]) ?? [];
  };

  it('is in its order, by ECS names', () => {
    assert.deepEqual(standIns(['compute', 'general']), [
      ['compute', 'EC2'],
      ['general', 'EC2'],
    ]);
    assert.deepEqual(standIns(['spot', 'FARGATE'], asks('FARGATE')), [
      ['FARGATE_SPOT', 'EC2'],
      ['FARGATE', 'FARGATE'],
    ]);
  });

  it('is nothing where tasks are started by their launch type', () => {
    assert.deepEqual(standIns(['compute'], { launchType: 'EC2' }), []);
  });

  it('must be there, and of the same kind', () => {
    assert.match(
      String(standIns(['gold'])[1]),
      /^kubernetes\.capacityProviderFallback\.order names capacity provider gold, which/,
    );
    assert.deepEqual(standIns(['FARGATE']), [
      'InvalidCapacityProviderStrategy',
      'kubernetes.capacityProviderFallback.order mixes Fargate (FARGATE) with nodes (general): a strategy has one of the two.',
    ]);
  });
});

describe('Nothing can run', () => {
  const twelve = Array.from({ length: 12 }, (_, index) => provider(`p${String(index + 10)}`));
  const cases: Record<
    string,
    { request?: CapacityRequest; given?: Partial<CapacityOffer>; want: readonly [string, string] }
  > = {
    'on a provider that there is not': {
      request: asks('gold'),
      want: [
        'CapacityProviderNotFound',
        'capacityProviderStrategy names capacity provider gold, which does not exist: there are FARGATE, FARGATE_SPOT, compute, general.',
      ],
    },
    'on a provider that there is not, of which some are for other namespaces': {
      request: asks('gold'),
      given: { providers: [provider('general'), provider('theirs', { allowedNamespaces: ['other'] })] },
      want: [
        'CapacityProviderNotFound',
        'capacityProviderStrategy names capacity provider gold, which does not exist: there are FARGATE, general.',
      ],
    },
    'on a provider that there is not, among many': {
      request: asks('gold'),
      given: { providers: twelve },
      want: [
        'CapacityProviderNotFound',
        'capacityProviderStrategy names capacity provider gold, which does not exist: there are FARGATE, p10, p11, p12, p13, p14, p15, p16, p17, p18 and 3 more.',
      ],
    },
    'on a provider of the default strategy that there is not': {
      given: byDefault('gold'),
      want: [
        'CapacityProviderNotFound',
        'defaultCapacityProviderStrategy of ECSCluster default names capacity provider gold, which does not exist: there are FARGATE, FARGATE_SPOT, compute, general.',
      ],
    },
    'on Fargate Spot that nobody has mapped': {
      request: asks('FARGATE:1', 'FARGATE_SPOT:1'),
      given: { providers: [] },
      want: [
        'CapacityProviderNotFound',
        'capacityProviderStrategy names capacity provider FARGATE_SPOT, and EKS has no Fargate Spot: an ECSCapacityProvider with providerName FARGATE_SPOT says which nodes stand in for it, a Spot node group for example.',
      ],
    },
    'on what the cluster does not list': {
      request: asks('general'),
      given: { cluster: cluster({ capacityProviders: ['compute', 'FARGATE'] }) },
      want: [
        'CapacityProviderNotInCluster',
        'capacityProviderStrategy names capacity provider general, which is not among the capacityProviders of ECSCluster default (compute, FARGATE).',
      ],
    },
    'on FARGATE where the cluster does not list it': {
      request: asks('FARGATE'),
      given: { cluster: cluster({ capacityProviders: [] }) },
      want: [
        'CapacityProviderNotInCluster',
        'capacityProviderStrategy names capacity provider FARGATE, which is not among the capacityProviders of ECSCluster default (none).',
      ],
    },
    'on what is for other namespaces': {
      request: asks('gold'),
      given: { providers: [provider('gold', { allowedNamespaces: ['a', 'b'] })] },
      want: [
        'CapacityProviderNotAllowed',
        'capacityProviderStrategy names capacity provider gold, which namespace shop may not use: its allowedNamespaces are a, b.',
      ],
    },
    'on the younger of two with one providerName': {
      request: asks('young'),
      given: {
        providers: [
          provider('young', { providerName: 'gold' }, { creationTimestamp: iso(9) }),
          provider('older', { providerName: 'gold' }),
        ],
      },
      want: [
        'CapacityProviderClash',
        'capacityProviderStrategy names ECSCapacityProvider young, whose providerName gold belongs to ECSCapacityProvider older.',
      ],
    },
    'on what is being deleted': {
      request: asks('gold'),
      given: { providers: [provider('gold', {}, { deletionTimestamp: iso() })] },
      want: [
        'CapacityProviderDeleting',
        'capacityProviderStrategy names capacity provider gold, which is being deleted.',
      ],
    },
    'on Fargate and nodes at once': {
      request: asks('FARGATE:1', 'general:1', 'FARGATE_SPOT:1', 'compute:1'),
      want: [
        'InvalidCapacityProviderStrategy',
        'capacityProviderStrategy mixes Fargate (FARGATE, FARGATE_SPOT) with nodes (general, compute): a strategy has one of the two.',
      ],
    },
    'on one provider by two names': {
      request: asks('spot:1', 'FARGATE_SPOT:1'),
      want: [
        'InvalidCapacityProviderStrategy',
        'capacityProviderStrategy names capacity provider FARGATE_SPOT twice, by both of its names.',
      ],
    },
    'by the default strategy of a cluster that there is not': {
      given: { cluster: undefined },
      want: ['ClusterNotFound', 'There is no cluster whose default strategy says what tasks run on.'],
    },
  };
  for (const [sentence, { request = {}, given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { kind, reason, message } = { reason: '', message: '', ...resolveCapacity(request, offer(given)) };
      assert.deepEqual([kind, reason, message], ['missing', ...want]);
    });
  }

  it('of the older of two with one providerName it can', () => {
    const older = provider('older', { providerName: 'gold' });
    const young = provider('young', { providerName: 'gold' }, { creationTimestamp: iso(9) });
    const found = resolveCapacity(asks('gold'), offer({ providers: [young, older] }));
    assert.ok(found.kind === 'found');
    assert.deepEqual(found.shares[0]?.capacity.provider?.nodeLabels, { 'eks.amazonaws.com/nodegroup': 'older' });
  });
});
