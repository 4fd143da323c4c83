import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { LaunchType, PlacementConstraint, PlacementMode, PlacementStrategy } from '../../../src/api/placement.ts';
import { placementDifferences } from '../../../src/core/placement/differences.ts';
import { placeable, type Placing } from '../../../src/core/placement/placeable.ts';
import { placementOf } from '../../../src/core/placement/terms.ts';
import type { KnownNodes } from '../../../src/core/placement/query/node-affinity/literal.ts';
import { content } from '../../support/builders.ts';

interface Given {
  readonly mode?: PlacementMode | 'daemon';
  readonly strategy?: readonly PlacementStrategy[];
  readonly constraints?: readonly PlacementConstraint[];
  /** An expression of the task definition. */
  readonly definition?: string;
  readonly launchType?: LaunchType;
}

const known: KnownNodes = { valuesOf: () => ['m6i.large', 'm6i.xlarge', 'c5.large'], nameOf: () => undefined };

function placingOf({ mode = 'kube-scheduler', strategy = [], constraints = [], launchType = 'EC2' }: Given): Placing {
  return { terms: { mode, strategy, constraints }, known, launchType };
}

function contentOf({ definition }: Given): ReturnType<typeof content> {
  if (definition === undefined) return content();
  return { ...content(), placementConstraints: [{ type: 'memberOf', expression: definition }] };
}

function memberOf(expression: string): PlacementConstraint {
  return { type: 'memberOf', expression };
}

const crowded = memberOf('runningTasksCount < 5');

describe('who places', () => {
  const cluster = { kubernetes: { placement: 'operator' as const } };
  it('is who the service names, else whom its cluster does, else the kube-scheduler', () => {
    assert.equal(placementOf({}, undefined).mode, 'kube-scheduler');
    assert.equal(placementOf({}, cluster).mode, 'operator');
    assert.equal(placementOf({ schedulingStrategy: 'DAEMON' }, cluster).mode, 'daemon');
    assert.equal(placementOf({ kubernetes: { placement: 'kube-scheduler' } }, cluster).mode, 'kube-scheduler');
  });
});

describe('a service or a task cannot be placed', () => {
  const cases: Record<string, { readonly given: Given; readonly want: string }> = {
    'on Fargate with constraints': {
      given: { launchType: 'FARGATE', constraints: [{ type: 'distinctInstance' }] },
      want: 'LaunchTypeNotSupported: Placement constraints are not supported with FARGATE launch type: leave placementConstraints out, of the task definition too.',
    },
    'on Fargate with constraints of the definition': {
      given: { launchType: 'FARGATE', definition: 'attribute:rack exists' },
      want: 'LaunchTypeNotSupported: Placement constraints are not supported with FARGATE launch type: leave placementConstraints out, of the task definition too.',
    },
    'on Fargate with a strategy': {
      given: { launchType: 'FARGATE', strategy: [{ type: 'random' }] },
      want: 'LaunchTypeNotSupported: Placement strategies are not supported with FARGATE launch type: leave placementStrategy out.',
    },
    'with an expression that cannot be read': {
      given: { constraints: [{ type: 'distinctInstance' }, memberOf('attribute:rack =')] },
      want: 'InvalidPlacementConstraint: placementConstraints[1].expression: ',
    },
    'with one that cannot be read, whoever places': {
      given: { mode: 'operator', definition: 'attribute:rack =' },
      want: 'InvalidPlacementConstraint: placementConstraints of web:1[0].expression: ',
    },
    'where its pods cannot say what binds it': {
      given: { constraints: [crowded] },
      want: 'PlacementNotExpressible: A pod cannot say all that the placement constraints ask. runningTasksCount < 5 is left out: the kube-scheduler does not count tasks. No task is started without it: set kubernetes.placement to operator, which keeps all constraints, or change them.',
    },
    'on each node that matches for now': {
      given: { mode: 'daemon', constraints: [memberOf('attribute:rack == a'), crowded] },
      want: 'InvalidPlacementConstraint: placementConstraints of a DAEMON service ask for attributes, ec2InstanceId or registeredAt, which a node keeps, and runningTasksCount < 5 asks for more.',
    },
    'on each node that matches its definition for now': {
      given: { mode: 'daemon', definition: 'task:group == service:db' },
      want: 'InvalidPlacementConstraint: placementConstraints of a DAEMON service ask for ',
    },
    'where its pods cannot say what binds its definition': {
      given: { definition: 'task:group == service:db or attribute:rack exists' },
      want: 'PlacementNotExpressible: A pod cannot say all that the placement constraints ask. ',
    },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const found = { kind: 'found', taskDefinition: 'web:1', content: contentOf(given) } as const;
      const told = placeable(found, placingOf(given));
      assert.ok(told.kind === 'missing');
      const text = `${told.reason}: ${told.message}`;
      assert.equal(text.startsWith(want), true, text);
    });
  }

  const taken: Record<string, Given> = {
    'without any': {},
    'on Fargate without any': { launchType: 'FARGATE' },
    'with constraints that a pod can say': {
      constraints: [memberOf('attribute:rack == a')],
      definition: 'attribute:b exists',
    },
    'with a pattern, which is said by the values there are': { constraints: [memberOf('attribute:rack =~ a.*')] },
    'on each node that matches, which no pod has to say': {
      mode: 'daemon',
      constraints: [memberOf('registeredAt < 2026-01-01T00:00:00Z'), { type: 'distinctInstance' }],
    },
    'where the operator keeps what a pod cannot say': { mode: 'operator', constraints: [crowded] },
  };
  for (const [sentence, given] of Object.entries(taken)) {
    it(`but can ${sentence}`, () => {
      const found = { kind: 'found', taskDefinition: 'web:1', content: contentOf(given) } as const;
      assert.equal(placeable(found, placingOf(given)), found);
    });
  }

  it('for another reason before', () => {
    const missing = { kind: 'missing', reason: 'RevisionNotFound', message: 'It is gone.' } as const;
    assert.equal(placeable(missing, placingOf({ constraints: [crowded] })), missing);
  });
});

describe('what is not as on ECS where the kube-scheduler places', () => {
  const byZone: PlacementStrategy = { type: 'spread', field: 'attribute:ecs.availability-zone' };
  const byNode: PlacementStrategy = { type: 'spread', field: 'instanceId' };
  const pack: PlacementStrategy = { type: 'binpack', field: 'MEMORY' };
  const cases: Record<string, { readonly given: Given; readonly want: readonly string[] }> = {
    'nothing without a strategy': { given: {}, want: [] },
    'nothing of a spread': { given: { strategy: [byZone] }, want: [] },
    'nothing of zones and then nodes': { given: { strategy: [byZone, byNode] }, want: [] },
    'nothing of random': { given: { strategy: [{ type: 'random' }] }, want: [] },
    binpack: {
      given: { strategy: [byZone, pack] },
      want: [
        'placementStrategy[1]: a pod cannot ask for the node with the least memory left, the kube-scheduler prefers nodes by its own configuration; kubernetes.placement operator keeps it as ECS does',
      ],
    },
    'the order of spreads of which none is within the other': {
      given: { strategy: [byNode, byZone] },
      want: [
        'placementStrategy: the kube-scheduler weighs its spreads against each other and does not go by their order; kubernetes.placement operator keeps it as ECS does',
      ],
    },
    'an attribute that no label can be': {
      given: { strategy: [{ type: 'spread', field: 'attribute:a b' }] },
      want: [
        'placementStrategy[0]: no label of a node can be named a b, so that nothing is spread over it; kubernetes.placement operator keeps it as ECS does',
      ],
    },
    'a pattern, which stands for the values there are': {
      given: { definition: 'attribute:ecs.instance-type =~ m6i.*' },
      want: [
        'placementConstraints: attribute:ecs.instance-type =~ m6i.* is expressed by the values of nodes that match the pattern: now m6i.large, m6i.xlarge; tasks that have started before know no values that come later',
      ],
    },
    'a group to keep away from, which is kept away as well': {
      given: { constraints: [memberOf('not(task:group == service:db)')] },
      want: ['placementConstraints: tasks of service:db are not started beside those of this one either'],
    },
    'nothing where the operator places': { given: { mode: 'operator', strategy: [pack] }, want: [] },
    'nothing on Fargate, where all of it is refused': { given: { launchType: 'FARGATE', strategy: [pack] }, want: [] },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const differences = placementDifferences(placingOf(given), contentOf(given));
      assert.deepEqual(
        differences.map(({ paths, what }) => `${paths.join()}: ${what}`),
        want,
      );
    });
  }

  it('is told of a strategy before there is a definition', () => {
    assert.equal(placementDifferences(placingOf({ strategy: [pack] }), undefined).length, 1);
  });
});
