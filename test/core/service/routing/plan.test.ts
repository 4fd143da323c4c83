import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CoreService, ObjectMeta, TargetGroupBinding } from '../../../../src/api/meta.ts';
import { routingConditions } from '../../../../src/core/service/routing/conditions.ts';
import { wantedObjects } from '../../../../src/core/service/routing/objects.ts';
import { planRouting, type RoutingStep, type RoutingWorld } from '../../../../src/core/service/routing/plan.ts';
import {
  containerDefinition,
  content,
  deploymentRecord,
  instant,
  iso,
  ms,
  service,
  snapshot,
} from '../../../support/builders.ts';
import { arn, mapped } from '../../../support/routing.ts';
import { serviceWorld } from '../../../support/world.ts';

const registry = { serviceRegistries: [{ registryArn: 'service:shop' }] };
const balanced = { loadBalancers: [{ targetGroupArn: arn, containerName: 'app', containerPort: 80 }] };
const owner = service(balanced);

function deployment(routing: object, sequence = 1): ReturnType<typeof deploymentRecord> {
  return deploymentRecord({ sequence, snapshot: snapshot({ routing, content: mapped({ containerPort: 80 }) }) });
}

function world(overrides: Partial<RoutingWorld> = {}): RoutingWorld {
  const sight = { taken: [], servesBindings: true };
  return {
    now: instant(),
    service: owner,
    deployments: [deployment(registry)],
    core: [],
    bindings: [],
    sight,
    ...overrides,
  };
}

function told(step: RoutingStep): string {
  return `${step.kind} ${('body' in step ? step.body : step.object).metadata.name.slice(0, 7)}`;
}

function steps(overrides: Partial<RoutingWorld>): readonly string[] {
  return planRouting(world(overrides)).steps.map(told);
}

/** The objects as the API server has them once they are made. */
function made(deployments: RoutingWorld['deployments']): Pick<RoutingWorld, 'core' | 'bindings'> {
  const { core, bindings } = wantedObjects(owner, deployments);
  const metadata = (own: object): ObjectMeta =>
    ({ uid: 'u', resourceVersion: '1', creationTimestamp: iso(), ...own }) as ObjectMeta;
  return {
    core: core.map((each): CoreService => {
      const { publishNotReadyAddresses, clusterIP = '10.0.0.1', ...spec } = each.spec;
      const shown = { ...spec, clusterIP, ...(publishNotReadyAddresses && { publishNotReadyAddresses }) };
      return { apiVersion: 'v1', kind: 'Service', metadata: metadata(each.metadata), spec: shown };
    }),
    bindings: bindings.map((each): TargetGroupBinding => ({
      apiVersion: 'elbv2.k8s.aws/v1beta1',
      kind: 'TargetGroupBinding',
      metadata: metadata(each.metadata),
      spec: each.spec,
    })),
  };
}

const leaving = <T extends CoreService | TargetGroupBinding>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, deletionTimestamp: iso() },
});

describe('the core Services of a service', () => {
  it('are made, and then left as they are', () => {
    assert.deepEqual(steps({}), ['createCoreService shop']);
    assert.deepEqual(steps(made([deployment(registry)])), []);
  });

  it('are not made under a name that somebody else has', () => {
    assert.deepEqual(steps({ sight: { taken: ['shop'], servesBindings: true } }), []);
  });

  it('are removed when no deployment with tasks needs them', () => {
    const [next, old] = [deployment({}, 2), deployment(registry)];
    assert.deepEqual(steps({ ...made([old]), deployments: [next, old] }), []);
    assert.deepEqual(steps({ ...made([old]), deployments: [next] }), ['removeCoreService shop']);
    assert.deepEqual(steps({ core: made([old]).core.map(leaving), deployments: [next] }), []);
  });

  it('are put right when somebody has changed them, but not while they are being removed', () => {
    const [shop] = made([deployment(registry)]).core;
    assert.ok(shop);
    for (const change of [{ selector: {} }, { ports: [{ port: 1 }] }, { publishNotReadyAddresses: true }]) {
      const core: CoreService[] = [{ ...shop, spec: { ...shop.spec, ...change } }];
      assert.deepEqual(steps({ core }), ['changeCoreService shop'], JSON.stringify(change));
      assert.deepEqual(steps({ core: core.map(leaving) }), []);
    }
  });

  it('are made anew when they are to have an address, or none', () => {
    const [shop] = made([deployment(registry)]).core;
    assert.ok(shop);
    assert.deepEqual(steps({ core: [{ ...shop, spec: { ...shop.spec, clusterIP: '10.0.0.1' } }] }), [
      'removeCoreService shop',
    ]);
  });

  it('select what is in service, and publish what is not Ready only where a container may end early', () => {
    const containers = [containerDefinition(), containerDefinition({ name: 'log', essential: false })];
    const specs = [content(...containers.slice(0, 1)), content(...containers)].map((held) => {
      const record = deploymentRecord({ snapshot: snapshot({ routing: registry, content: held }) });
      return wantedObjects(owner, [record]).core[0]?.spec;
    });
    assert.deepEqual(
      specs.map((spec) => spec?.publishNotReadyAddresses),
      [false, true],
    );
    assert.deepEqual(specs[0]?.selector, { 'ecs-operator.dev/service': 'web', 'ecs-operator.dev/in-service': 'true' });
  });

  it('are as the newest deployment says, of two that call one by the same name', () => {
    const [next, old] = [80, 90].map((containerPort, index) =>
      deploymentRecord({
        sequence: 2 - index,
        snapshot: snapshot({
          routing: { serviceRegistries: [{ registryArn: 'service:shop', containerName: 'app', containerPort }] },
          content: mapped({ containerPort }),
        }),
      }),
    );
    assert.ok(next && old);
    assert.deepEqual(
      wantedObjects(owner, [next, old]).core.map(({ spec }) => spec.ports.map(({ port }) => port)),
      [[80]],
    );
  });

  it('are none where a Service would have an address and no port', () => {
    const record = deploymentRecord({ snapshot: snapshot({ routing: balanced }) });
    assert.deepEqual(wantedObjects(owner, [record]), { core: [], bindings: [] });
  });
});

describe('the TargetGroupBindings of a service', () => {
  const deployments = [deployment(balanced)];

  it('are made beside their core Services, and then left as they are', () => {
    assert.deepEqual(steps({ deployments }), ['createCoreService lb-web-', 'createBinding lb-web-']);
    assert.deepEqual(steps({ deployments, ...made(deployments) }), []);
  });

  it('wait for the kind', () => {
    const plan = planRouting(world({ deployments, sight: { taken: [], servesBindings: false } }));
    assert.deepEqual([plan.steps.map(told), plan.wakeAtMs], [['createCoreService lb-web-'], ms(10)]);
    assert.equal(planRouting(world({ deployments })).wakeAtMs, undefined);
    assert.equal(planRouting(world({ sight: { taken: [], servesBindings: false } })).wakeAtMs, undefined);
  });

  it('are removed with what they bind', () => {
    const { core, bindings } = made(deployments);
    const next = [deployment({}, 2)];
    assert.deepEqual(steps({ deployments: next, core, bindings }), [
      'removeCoreService lb-web-',
      'removeBinding lb-web-',
    ]);
    assert.deepEqual(steps({ deployments: next, core: [], bindings: bindings.map(leaving) }), []);
  });
});

describe('the condition RoutingIncomplete', () => {
  const reasons = (routing: RoutingWorld['sight'] | undefined, spec: object): readonly string[] =>
    routingConditions(serviceWorld({ service: service(spec), ...(routing && { routing }) })).map(
      ({ reason }) => reason,
    );

  it('is there while something stands in the way', () => {
    assert.deepEqual(reasons(undefined, balanced), []);
    assert.deepEqual(reasons({ taken: [], servesBindings: true }, balanced), []);
    assert.deepEqual(reasons({ taken: [], servesBindings: false }, registry), []);
    assert.deepEqual(reasons({ taken: [], servesBindings: false }, balanced), ['TargetGroupBindingMissing']);
    assert.deepEqual(reasons({ taken: ['shop'], servesBindings: true }, registry), ['NameTaken']);
  });
});
