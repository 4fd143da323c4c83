import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { convert } from '../../../src/core/convert/convert.ts';
import { reportText, type Converted, type Fate } from '../../../src/core/convert/report.ts';
import { describedContainer, describedService, describedTaskDefinition } from '../../support/ecs-json.ts';

function only(input: unknown): Converted {
  const [converted, ...rest] = convert(input);
  assert.ok(converted);
  assert.deepEqual(rest, []);
  return converted;
}

/** The fates of that kind, as `path: why`. */
function fatesOf({ fates }: Converted, kind: Fate['kind']): readonly string[] {
  return fates.filter((fate) => fate.kind === kind).map(({ path, why }) => (why === '' ? path : `${path}: ${why}`));
}

/** The paths that are implied for that reason. */
function impliedAs({ fates }: Converted, reason: string): readonly string[] {
  return fates.filter(({ kind, why }) => kind === 'implied' && why === reason).map(({ path }) => path);
}

const written = 'ECS has written it; here it is in the status';
const unset = 'nothing is set';
const anyway = 'it is what happens anyway';

describe('convert, of a task definition', () => {
  it('makes an ECSTaskDefinition of the family, without what is unset', () => {
    assert.deepEqual(only(describedTaskDefinition()).resource, {
      apiVersion: 'ecs-operator.dev/v1alpha1',
      kind: 'ECSTaskDefinition',
      metadata: { name: 'web' },
      spec: {
        networkMode: 'awsvpc',
        containerDefinitions: [
          {
            name: 'app',
            image: 'registry.example/web:1',
            cpu: 256,
            memory: 512,
            essential: true,
            portMappings: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }],
            environment: [{ name: 'MODE', value: 'fast' }],
          },
        ],
      },
    });
  });

  it('keeps the size of the task', () => {
    const { resource, fates } = only(describedTaskDefinition({ cpu: '256', memory: '0.5 GB' }));
    assert.deepEqual([resource.spec['cpu'], resource.spec['memory']], ['256', '0.5 GB']);
    const kept = fates.filter(({ kind }) => kind === 'kept').map(({ path }) => path);
    assert(kept.includes('cpu') && kept.includes('memory'), kept.join());
  });

  it('takes the input of register-task-definition as well', () => {
    const { taskDefinition } = describedTaskDefinition() as { readonly taskDefinition: object };
    assert.deepEqual(only(taskDefinition).resource, only({ taskDefinition }).resource);
  });

  for (const networkMode of [undefined, null]) {
    it(`says bridge where ECS takes it for ${String(networkMode)}`, () => {
      const converted = only(describedTaskDefinition({ networkMode }));
      assert.equal(converted.resource.spec['networkMode'], 'bridge');
      assert.deepEqual(fatesOf(converted, 'changed')[1], 'networkMode: bridge, which it is on ECS where none is given');
    });
  }

  it('keeps a family that is no DNS label as what ECS shows', () => {
    const { resource, fates } = only(describedTaskDefinition({ family: 'My_Web' }));
    assert.match(resource.metadata.name, /^my-web-[0-9a-f]{8}$/);
    assert.equal(resource.spec['family'], 'My_Web');
    assert.deepEqual(fates[0], {
      kind: 'changed',
      path: 'family',
      why: `metadata.name ${resource.metadata.name}, and spec.family as it was`,
    });
  });

  it('tells of what ECS has written, of what is unset, and that nothing is lost', () => {
    const converted = only(describedTaskDefinition({ ipcMode: null }));
    assert.deepEqual(impliedAs(converted, written), [
      'taskDefinitionArn',
      'revision',
      'status',
      'requiresAttributes',
      'compatibilities',
      'registeredAt',
      'registeredBy',
    ]);
    assert.deepEqual(impliedAs(converted, unset), [
      'containerDefinitions[app].mountPoints',
      'containerDefinitions[app].volumesFrom',
      'containerDefinitions[app].systemControls',
      'volumes',
      'placementConstraints',
      'ipcMode',
    ]);
    assert.deepEqual(fatesOf(converted, 'lost'), []);
  });

  it('takes the tags that ECS prints beside the definition', () => {
    const tags = [{ key: 'team', value: 'shop' }];
    const { resource, fates } = only({ ...describedTaskDefinition(), tags });
    assert.deepEqual(resource.spec['tags'], tags);
    assert.ok(fates.some(({ kind, path }) => kind === 'kept' && path === 'tags[0].value'));
  });

  it('tells items apart by their positions where names do not', () => {
    const environment = [
      { name: 'A', value: 'a' },
      { name: 'A', value: 1 },
    ];
    const containerDefinitions = [describedContainer({ environment })];
    const { fates } = only(describedTaskDefinition({ containerDefinitions }));
    const told = fates.filter(({ path }) => path.includes('environment')).map(({ kind, path }) => `${kind} ${path}`);
    assert.deepEqual(told, [
      'kept containerDefinitions[app].environment[0].name',
      'kept containerDefinitions[app].environment[0].value',
      'kept containerDefinitions[app].environment[1].name',
      'lost containerDefinitions[app].environment[1].value',
    ]);
  });

  it('keeps the other entries of a map of which one is of another type', () => {
    const dockerLabels = { 'com.example/role': 'web', level: 3 };
    const containerDefinitions = [describedContainer({ dockerLabels })];
    const converted = only(describedTaskDefinition({ containerDefinitions }));
    assert.deepEqual(fatesOf(converted, 'lost'), [
      'containerDefinitions[app].dockerLabels.level: 3: Invalid input: expected string, received number',
    ]);
    const [container] = converted.resource.spec['containerDefinitions'] as readonly Record<string, unknown>[];
    assert.deepEqual(container?.['dockerLabels'], { 'com.example/role': 'web' });
  });

  const losses: Record<
    string,
    {
      readonly members: Readonly<Record<string, unknown>>;
      readonly container?: Readonly<Record<string, unknown>>;
      readonly want: RegExp;
    }
  > = {
    'a member that is refused, with the reason': {
      members: { inferenceAccelerators: [{ deviceName: 'd' }] },
      want: /^inferenceAccelerators: Elastic Inference has ended$/,
    },
    'one of a container, named by it': {
      members: {},
      container: { ulimits: [{ name: 'nofile' }] },
      want: /^containerDefinitions\[app\]\.ulimits: a pod has no such limits: /,
    },
    'a member that nobody knows': { members: { novelty: 1 }, want: /^novelty: it is no member that this API knows$/ },
    'a value out of bounds': {
      members: {},
      container: { healthCheck: { command: ['CMD', 'true'], interval: 3 } },
      want: /^containerDefinitions\[app\]\.healthCheck\.interval: 3: Too small: expected number to be >=5$/,
    },
    'a value of another type': {
      members: {},
      container: { memory: '512' },
      want: /^containerDefinitions\[app\]\.memory: "512": Invalid input: expected number, received string$/,
    },
    'a value of another type deep in a container': {
      members: {},
      container: { healthCheck: { command: ['CMD', 7] } },
      want: /^containerDefinitions\[app\]\.healthCheck\.command\[1\]: 7: Invalid input: expected string, received number$/,
    },
    'a list that is none': {
      members: { volumes: { name: 'a' } },
      want: /^volumes: \{"name":"a"\}: Invalid input: expected array, received object$/,
    },
    'a member with a name that every object knows': {
      members: {},
      container: { constructor: 'x' },
      want: /^containerDefinitions\[app\]\.constructor: it is no member that this API knows$/,
    },
  };
  for (const [sentence, { members, container, want }] of Object.entries(losses)) {
    it(`reports the loss of ${sentence}`, () => {
      const containerDefinitions = [describedContainer(container)];
      const lost = fatesOf(only(describedTaskDefinition({ containerDefinitions, ...members })), 'lost');
      assert.equal(lost.length, 1, lost.join('\n'));
      assert.match(lost[0] ?? '', want);
    });
  }
});

describe('convert, of services', () => {
  it('makes an ECSService that follows the family', () => {
    assert.deepEqual(only({ services: [describedService()], failures: [] }).resource, {
      apiVersion: 'ecs-operator.dev/v1alpha1',
      kind: 'ECSService',
      metadata: { name: 'web' },
      spec: {
        cluster: 'prod',
        taskDefinition: 'web',
        desiredCount: 4,
        launchType: 'FARGATE',
        deploymentConfiguration: { maximumPercent: 200, minimumHealthyPercent: 50 },
        schedulingStrategy: 'REPLICA',
      },
    });
  });

  it('makes one of each', () => {
    const services = ['a', 'b'].map((serviceName) => describedService({ serviceName }));
    assert.deepEqual(
      convert({ services }).map(({ resource }) => resource.metadata.name),
      ['a', 'b'],
    );
  });

  it('takes the input of create-service as well', () => {
    const { resource } = only({ serviceName: 'web', cluster: 'prod', taskDefinition: 'web:3', desiredCount: 1 });
    assert.deepEqual(resource.spec, { cluster: 'prod', taskDefinition: 'web', desiredCount: 1 });
  });

  it('tells that revisions are numbered anew, and loses nothing of what is off', () => {
    const converted = only({ services: [describedService()] });
    assert.deepEqual(fatesOf(converted, 'changed'), [
      'serviceName: metadata.name',
      'clusterArn: the ECSCluster prod',
      'taskDefinition: web, whose newest revision it follows: revisions are numbered anew',
    ]);
    assert.deepEqual(fatesOf(converted, 'lost'), []);
    assert.deepEqual(impliedAs(converted, anyway), [
      'platformVersion',
      'deploymentController',
      'propagateTags',
      'deploymentConfiguration.deploymentCircuitBreaker',
    ]);
  });

  it('asks a DAEMON for no number of tasks', () => {
    const converted = only({ services: [describedService({ schedulingStrategy: 'DAEMON' })] });
    assert.ok(impliedAs(converted, written).includes('desiredCount'));
    assert.ok(!('desiredCount' in converted.resource.spec));
  });

  it('keeps a capacityProviderStrategy as it is, with no launch type beside it, and tells of the providers it needs', () => {
    const capacityProviderStrategy = [
      { capacityProvider: 'FARGATE', base: 1, weight: 1 },
      { capacityProvider: 'FARGATE_SPOT', weight: 4 },
      { capacityProvider: 'gpu-nodes' },
    ];
    const { resource, fates, decisions } = only({
      serviceName: 'web',
      taskDefinition: 'web',
      capacityProviderStrategy,
    });
    assert.deepEqual(resource.spec, { taskDefinition: 'web', capacityProviderStrategy });
    assert.equal(fates.filter(({ path, kind }) => kind === 'kept' && path.startsWith('capacityProvider')).length, 6);
    assert.deepEqual(decisions, [
      {
        path: 'capacityProviderStrategy[FARGATE_SPOT]',
        what: 'EKS has no Fargate Spot: an ECSCapacityProvider with providerName FARGATE_SPOT says which nodes stand in for it, a Spot node group for example',
      },
      {
        path: 'capacityProviderStrategy[gpu-nodes]',
        what: 'the ECSCapacityProvider gpu-nodes, which says which nodes it is',
      },
    ]);
  });

  it('sets no launch type where nothing says it: the default strategy of the cluster counts then', () => {
    for (const capacityProviderStrategy of [undefined, [], [7]]) {
      const { resource, decisions } = only({ serviceName: 'web', taskDefinition: 'web', capacityProviderStrategy });
      assert.deepEqual([resource.spec['launchType'], decisions], [undefined, []]);
    }
  });

  it('takes clusterArn where both are given', () => {
    const converted = only({ serviceName: 'web', taskDefinition: 'web', cluster: 'a', clusterArn: 'arn/b' });
    assert.equal(converted.resource.spec['cluster'], 'b');
    assert.deepEqual(fatesOf(converted, 'lost'), ['cluster: clusterArn says which it is']);
  });

  it('takes cluster where clusterArn is null', () => {
    const converted = only({ serviceName: 'web', taskDefinition: 'web', cluster: 'a', clusterArn: null });
    assert.equal(converted.resource.spec['cluster'], 'a');
    assert.deepEqual(impliedAs(converted, unset), ['clusterArn']);
  });

  it('leaves nothing of a deploymentConfiguration that is idle', () => {
    const { resource } = only({ services: [describedService({ deploymentConfiguration: { bakeTimeInMinutes: 0 } })] });
    assert.ok(!('deploymentConfiguration' in resource.spec));
  });

  it('reports what is asked for and does not exist', () => {
    const loadBalancers = [{ loadBalancerName: 'classic', containerName: 'app', containerPort: 80 }];
    const converted = only({ services: [describedService({ loadBalancers, platformVersion: '1.4.0' })] });
    assert.deepEqual(
      fatesOf(converted, 'lost').map((each) => each.split(':')[0]),
      ['loadBalancers[0].loadBalancerName', 'platformVersion'],
    );
  });
});

describe('convert, of what is none of that, says so:', () => {
  const cases: Record<string, { readonly input: unknown; readonly want: RegExp }> = {
    'a list': { input: [], want: /^The input is no JSON object; it must be what describe-task-definition/ },
    'other members': { input: { tasks: [] }, want: /^The input has the members tasks; it must be/ },
    nothing: { input: {}, want: /^The input has the members \(none\); it must be/ },
    'no service': { input: { services: [] }, want: /^services is empty/ },
    'services that are no list': {
      input: { services: {} },
      want: /^services is \{\}; it must be the list that ECS prints$/,
    },
    'a service that was not found': {
      input: { services: [], failures: [{ arn: 'web', reason: 'MISSING' }] },
      want: /^ECS did not find everything: \[\{"arn":"web","reason":"MISSING"\}\]$/,
    },
    'a service that is none': {
      input: { services: [1] },
      want: /^services\[0\] is 1; it must be a service as ECS prints it$/,
    },
    'a definition that is none': {
      input: { taskDefinition: 'web:7' },
      want: /^taskDefinition is "web:7"; it must be the object that ECS prints$/,
    },
    'a family that is missing': {
      input: { containerDefinitions: [] },
      want: /^family is missing; it must be the name of the family, such as "web"$/,
    },
    'a family of another type, below what it is in': {
      input: describedTaskDefinition({ family: 7 }),
      want: /^taskDefinition\.family is 7; it must be the name of the family, such as "web"$/,
    },
    'a task definition of another type, below what it is in': {
      input: { services: [describedService(), describedService({ taskDefinition: 1 })] },
      want: /^services\[1\]\.taskDefinition is 1; it must be a family, family:revision such as "web:7", or an ARN$/,
    },
    'a cluster of another type': {
      input: { services: [describedService({ clusterArn: ['prod'] })] },
      want: /^services\[0\]\.clusterArn is \["prod"\]; it must be the name or the ARN of a cluster$/,
    },
    'something beside a definition': {
      input: { ...describedTaskDefinition(), ResponseMetadata: {} },
      want: /^The input has ResponseMetadata beside taskDefinition; only tags can be there: take it out$/,
    },
    'something beside services': {
      input: { services: [describedService()], nextToken: 'x' },
      want: /^The input has nextToken beside services; only failures can be there: take it out$/,
    },
    'tags that are given twice': {
      input: { ...describedTaskDefinition({ tags: [] }), tags: [] },
      want: /^tags and taskDefinition\.tags are both given;/,
    },
  };
  for (const [sentence, { input, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.throws(() => convert(input), { name: 'InputError', message: want });
    });
  }
});

describe('reportText', () => {
  it('has a line for each reason, the losses last', () => {
    const report = reportText(only(describedTaskDefinition({ family: 'web', novelty: 1, newer: 2 })));
    const lines = report.split('\n');
    assert.equal(lines[0], 'task definition web:7 -> ECSTaskDefinition web');
    assert.match(lines[1] ?? '', /^ {2}kept: networkMode, containerDefinitions\[app\]\.name, /);
    assert.deepEqual(lines.slice(2), [
      '  changed: family (metadata.name)',
      `  implied: taskDefinitionArn, revision, status, requiresAttributes, compatibilities, registeredAt, registeredBy (${written})`,
      `  implied: containerDefinitions[app].mountPoints, containerDefinitions[app].volumesFrom, containerDefinitions[app].systemControls, volumes, placementConstraints (${unset})`,
      '  lost: novelty, newer (it is no member that this API knows)',
      '  2 lost. The API server checks what is kept when it is applied.',
      '',
    ]);
  });

  it('says that nothing is lost', () => {
    assert.match(reportText(only(describedTaskDefinition())), /^ {2}Nothing is lost\. The API server/m);
  });

  it('says how much is to be decided', () => {
    const report = reportText(only(describedTaskDefinition({ taskRoleArn: 'arn:aws:iam::123456789012:role/web' })));
    assert.deepEqual(report.split('\n').slice(-3), [
      '  to decide: kubernetes.serviceAccountName (the ServiceAccount that has the role arn:aws:iam::123456789012:role/web, by IRSA or EKS Pod Identity)',
      '  Nothing is lost, 1 to decide. The API server checks what is kept when it is applied.',
      '',
    ]);
  });
});
