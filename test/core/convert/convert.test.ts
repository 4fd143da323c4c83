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

const written = 'ECS has written it; here it is in the status';
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

  it('takes the input of register-task-definition as well', () => {
    const { taskDefinition } = describedTaskDefinition() as { readonly taskDefinition: object };
    assert.deepEqual(only(taskDefinition).resource, only({ taskDefinition }).resource);
  });

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

  it('tells of what ECS has written, and that nothing is lost', () => {
    const converted = only(describedTaskDefinition());
    assert.deepEqual(
      fatesOf(converted, 'implied'),
      [
        'taskDefinitionArn',
        'revision',
        'status',
        'requiresAttributes',
        'compatibilities',
        'registeredAt',
        'registeredBy',
      ].map((path) => `${path}: ${written}`),
    );
    assert.deepEqual(fatesOf(converted, 'lost'), []);
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
      want: /^containerDefinitions\[app\]\.ulimits: Kubernetes sets limits per node$/,
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
      want: /^containerDefinitions\[app\]\.memory: "512": Invalid input: expected int(eger)?, received string|expected number/,
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

  it('leaves no leaf of the input without a fate', () => {
    const { fates } = only(describedTaskDefinition());
    const told = new Set(fates.map(({ path }) => path));
    for (const leaf of [
      'name',
      'image',
      'cpu',
      'memory',
      'essential',
      'portMappings[0].hostPort',
      'environment[MODE].value',
    ])
      assert.ok(told.has(`containerDefinitions[app].${leaf}`), leaf);
  });
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
      'cluster: the ECSCluster prod',
      'taskDefinition: web, whose newest revision it follows: revisions are numbered anew',
    ]);
    assert.deepEqual(fatesOf(converted, 'lost'), []);
    const implied = fatesOf(converted, 'implied').filter((each) => each.endsWith(anyway));
    assert.deepEqual(implied, [
      `platformVersion: ${anyway}`,
      `deploymentController: ${anyway}`,
      `propagateTags: ${anyway}`,
    ]);
  });

  it('reports what is asked for and does not exist', () => {
    const loadBalancers = [{ targetGroupArn: 'arn', containerName: 'app', containerPort: 80 }];
    const converted = only({ services: [describedService({ loadBalancers, platformVersion: '1.4.0' })] });
    assert.deepEqual(
      fatesOf(converted, 'lost').map((each) => each.split(':')[0]),
      ['loadBalancers', 'platformVersion'],
    );
  });
});

describe('convert, of what is none of that, says so:', () => {
  const cases: Record<string, { readonly input: unknown; readonly want: RegExp }> = {
    'a list': { input: [], want: /^The input is no JSON object; it must be what describe-task-definition/ },
    'other members': { input: { tasks: [] }, want: /^The input has the members tasks; it must be/ },
    nothing: { input: {}, want: /^The input has the members \(none\); it must be/ },
    'no service': { input: { services: [] }, want: /^services is empty/ },
    'a service that was not found': {
      input: { services: [], failures: [{ arn: 'web', reason: 'MISSING' }] },
      want: /^ECS did not find everything: \[\{"arn":"web","reason":"MISSING"\}\]$/,
    },
    'a service that is none': { input: { services: [1] }, want: /^services\[0\] is no JSON object$/ },
    'a family that is missing': {
      input: { containerDefinitions: [] },
      want: /^family is missing; it must be a string$/,
    },
    'a task definition that is missing': {
      input: { serviceName: 'web', taskDefinition: 1 },
      want: /^taskDefinition is 1; it must be a string$/,
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
      '  lost: novelty, newer (it is no member that this API knows)',
      '  2 lost. The API server checks what is kept when it is applied.',
      '',
    ]);
  });

  it('says that nothing is lost', () => {
    assert.match(reportText(only(describedTaskDefinition())), /^ {2}Nothing is lost\. The API server/m);
  });
});
