import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { kinds } from '../../src/api/index.ts';
import type { Kind } from '../../src/api/kind.ts';
import { serviceKind } from '../../src/api/service.ts';
import { taskDefinitionKind } from '../../src/api/task-definition.ts';
import type { Answer, JsonObject } from '../support/api-server.ts';
import { assertRefused, assertTaken, servesKinds } from '../support/served-kinds.ts';

const container = { name: 'web', image: 'nginx', memory: 512 };
const { memory: _memory, ...containerWithoutMemory } = container;
const { image: _image, ...containerWithoutImage } = container;

interface Case {
  readonly kind?: Kind;
  readonly name?: string;
  readonly spec: JsonObject;
  /** How the client asks for unknown fields to be treated. */
  readonly fieldValidation?: 'Strict' | 'Ignore';
  /** What the message must contain: the field, the value, what would be right. */
  readonly want: readonly string[];
}

function definition(...containerDefinitions: readonly JsonObject[]): JsonObject {
  return { containerDefinitions };
}

const storage = { kubernetes: { storageClassName: 'gp3' } };
const volumes = { volumeConfigurations: [{ name: 'data', managedEBSVolume: { sizeInGiB: 1 } }] };

const refusals: Record<string, Case> = {
  'a text where a number belongs': {
    spec: definition({ ...container, memory: '512' }),
    want: ['spec.containerDefinitions[0].memory', 'must be of type integer', '"string"'],
  },
  'an unknown field, for a client that asks for strictness': {
    spec: definition({ ...container, memroy: 512 }),
    want: ['unknown field "spec.containerDefinitions[0].memroy"'],
  },
  'a number below its range': {
    spec: definition({ ...container, memory: 5 }),
    want: ['spec.containerDefinitions[0].memory', '5', 'greater than or equal to 6'],
  },
  'a number above its range': {
    kind: serviceKind,
    spec: { taskDefinition: 'web', deploymentConfiguration: { minimumHealthyPercent: 101 } },
    want: ['spec.deploymentConfiguration.minimumHealthyPercent', '101', 'less than or equal to 100'],
  },
  'a definition without containers': { spec: {}, want: ['spec.containerDefinitions: Required value'] },
  'an empty list of containers': {
    spec: definition(),
    want: ['spec.containerDefinitions', '0', 'at least 1 items'],
  },
  'a container without an image': {
    spec: definition(containerWithoutImage),
    want: ['spec.containerDefinitions[0].image: Required value'],
  },
  'memory below the reservation': {
    spec: definition({ ...container, memoryReservation: 1024 }),
    want: ['spec.containerDefinitions[0].memory', "'web'", '512 MiB', 'must not be below memoryReservation (1024 MiB)'],
  },
  'neither memory nor reservation': {
    spec: definition(containerWithoutMemory),
    want: ['spec.containerDefinitions', "'web'", "At least one of 'memory' or 'memoryReservation'"],
  },
  'no essential container': {
    spec: definition({ ...container, essential: false }, { ...container, name: 'log', essential: false }),
    want: ['spec.containerDefinitions', '["web", "log"]', 'at least one container must be essential'],
  },
  'a member that is not supported': {
    spec: definition({ ...container, links: ['db'] }),
    want: ['spec.containerDefinitions[0].links', 'links is not supported', 'reach each other on localhost'],
  },
  'a list that is not supported, for a client that asks for no strictness': {
    spec: definition({ ...container, links: ['db'] }),
    fieldValidation: 'Ignore',
    want: ['spec.containerDefinitions[0].links', 'links is not supported'],
  },
  'an object that is not supported, for a client that asks for no strictness': {
    spec: { ...definition(container), proxyConfiguration: { type: 'APPMESH', containerName: 'envoy' } },
    fieldValidation: 'Ignore',
    want: ['spec.proxyConfiguration', 'proxyConfiguration is not supported'],
  },
  'two containers of the same name': {
    spec: definition(container, container),
    want: ['spec.containerDefinitions[1]', 'Duplicate value', '"name":"web"'],
  },
  'a host port that differs from the container port': {
    spec: definition({ ...container, portMappings: [{ containerPort: 80, hostPort: 8080 }] }),
    want: ['spec.containerDefinitions', '["web"]', 'hostPort must be blank, 0 or the containerPort'],
  },
  'a user by name': {
    spec: definition({ ...container, user: 'root' }),
    want: ['spec.containerDefinitions[0].user', '"root"', 'must be a numeric uid or uid:gid'],
  },
  'a health check that begins with neither CMD nor CMD-SHELL': {
    spec: definition({ ...container, healthCheck: { command: ['curl', 'localhost'] } }),
    want: ['healthCheck.command', 'must be CMD or CMD-SHELL', "'curl'"],
  },
  'a health check of the shell with two lines': {
    spec: definition({ ...container, healthCheck: { command: ['CMD-SHELL', 'a', 'b'] } }),
    want: ['healthCheck.command', 'CMD-SHELL takes exactly one string, not 2'],
  },
  'a dependency on an unknown container': {
    spec: definition({ ...container, dependsOn: [{ containerName: 'db', condition: 'START' }] }),
    want: ['spec.containerDefinitions', 'dependsOn web -> db (START): there is no container of that name'],
  },
  'a dependency of a container on itself': {
    spec: definition({ ...container, dependsOn: [{ containerName: 'web', condition: 'START' }] }),
    want: ['spec.containerDefinitions[0].dependsOn', "container 'web' cannot depend on itself"],
  },
  'waiting for the end of an essential container': {
    spec: definition(
      { ...container, dependsOn: [{ containerName: 'db', condition: 'SUCCESS' }] },
      { ...container, name: 'db' },
    ),
    want: ['dependsOn web -> db (SUCCESS): the task ends with an essential container', 'use START or HEALTHY'],
  },
  'waiting for the completion of an essential container, and names the right one of several': {
    spec: definition(
      { ...container, name: 'job', essential: false },
      { ...container, name: 'db' },
      {
        ...container,
        dependsOn: [
          { containerName: 'job', condition: 'COMPLETE' },
          { containerName: 'db', condition: 'COMPLETE' },
        ],
      },
    ),
    want: ['dependsOn web -> db (COMPLETE): the task ends with an essential container'],
  },
  'waiting for the health of a container without a check': {
    spec: definition(
      { ...container, dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] },
      { ...container, name: 'db' },
    ),
    want: ['dependsOn web -> db (HEALTHY): HEALTHY needs a healthCheck'],
  },
  'a condition that does not exist': {
    spec: definition({ ...container, dependsOn: [{ containerName: 'web', condition: 'READY' }] }),
    want: ['dependsOn[0].condition', '"READY"', '"START", "COMPLETE", "SUCCESS", "HEALTHY"'],
  },
  'a stop timeout of 1 second': {
    spec: definition({ ...container, stopTimeout: 1 }),
    want: ['spec.containerDefinitions[0].stopTimeout', 'stopTimeout 1 must be greater than or equal to 2, or 0'],
  },
  'a name of 64 characters': {
    name: 'a'.repeat(64),
    spec: definition(container),
    want: ['metadata.name', 'a'.repeat(64), 'has 64 characters, at most 63'],
  },
  'an unknown strategy': {
    kind: serviceKind,
    spec: { taskDefinition: 'web', schedulingStrategy: 'ALWAYS' },
    want: ['spec.schedulingStrategy', '"ALWAYS"', 'supported values: "REPLICA", "DAEMON"'],
  },
  'a DAEMON with a count': {
    kind: serviceKind,
    spec: { taskDefinition: 'web', schedulingStrategy: 'DAEMON', desiredCount: 3 },
    want: ['spec.desiredCount', 'desiredCount is 3, but a DAEMON service has one task on each node', 'leave it out'],
  },
  'a DAEMON on Fargate': {
    kind: serviceKind,
    spec: { taskDefinition: 'web', schedulingStrategy: 'DAEMON', launchType: 'FARGATE' },
    want: ['spec.launchType', 'FARGATE has no nodes', 'set EC2'],
  },
  'a DAEMON with capacity providers': {
    kind: serviceKind,
    spec: {
      taskDefinition: 'web',
      schedulingStrategy: 'DAEMON',
      capacityProviderStrategy: [{ capacityProvider: 'spot' }],
    },
    want: ['spec.capacityProviderStrategy', 'say by placementConstraints which nodes'],
  },
  'a DAEMON with a placement strategy': {
    kind: serviceKind,
    spec: { taskDefinition: 'web', schedulingStrategy: 'DAEMON', placementStrategy: [{ type: 'random' }] },
    want: ['spec.placementStrategy', 'a DAEMON service takes no placementStrategy'],
  },
  'a DAEMON with another maximum': {
    kind: serviceKind,
    spec: { taskDefinition: 'web', schedulingStrategy: 'DAEMON', deploymentConfiguration: { maximumPercent: 150 } },
    want: ['spec.deploymentConfiguration.maximumPercent', 'maximumPercent is 150', 'always 100'],
  },
  'a DAEMON with volumes of its tasks': {
    kind: serviceKind,
    spec: { taskDefinition: 'web', schedulingStrategy: 'DAEMON', ...volumes, ...storage },
    want: ['spec.volumeConfigurations', 'no EBS volumes of their own'],
  },
  'a DAEMON with a disruption budget': {
    kind: serviceKind,
    spec: { taskDefinition: 'web', schedulingStrategy: 'DAEMON', kubernetes: { disruptionBudget: 'strict' } },
    want: ['spec.kubernetes', 'a node takes its task along'],
  },
  'a percentage over 100': {
    kind: serviceKind,
    spec: {
      taskDefinition: 'web',
      deploymentConfiguration: {
        deploymentCircuitBreaker: { enable: true, rollback: false, thresholdConfiguration: { value: 300 } },
      },
    },
    want: ['thresholdConfiguration.value', '300 is no percentage', 'type is COUNT'],
  },
  'an expression for an alarm that is not named': {
    kind: serviceKind,
    spec: {
      taskDefinition: 'web',
      kubernetes: { alarms: [{ name: 'Slow', expression: 'latency > 1' }] },
      deploymentConfiguration: { alarms: { alarmNames: ['Errors'], enable: true, rollback: false } },
    },
    want: ['spec.kubernetes.alarms', 'it has ["Slow"]', 'deploymentConfiguration.alarms.alarmNames'],
  },
  'alarms without a name': {
    kind: serviceKind,
    spec: {
      taskDefinition: 'web',
      deploymentConfiguration: { alarms: { alarmNames: [], enable: true, rollback: false } },
    },
    want: ['alarms.alarmNames', 'at least one name'],
  },
  'a desired count below 0': {
    kind: serviceKind,
    spec: { taskDefinition: 'web', desiredCount: -1 },
    want: ['spec.desiredCount', '-1', 'greater than or equal to 0'],
  },
  'a service without a task definition': { kind: serviceKind, spec: {}, want: ['spec.taskDefinition: Required value'] },
  'a volume without a StorageClass': {
    kind: serviceKind,
    spec: { taskDefinition: 'web', ...volumes },
    want: ['spec.volumeConfigurations', 'needs kubernetes.storageClassName', 'those of a StorageClass'],
  },
  'a volume without a size': {
    kind: serviceKind,
    spec: { taskDefinition: 'web', volumeConfigurations: [{ name: 'data', managedEBSVolume: {} }] },
    want: ['spec.volumeConfigurations[0].managedEBSVolume.sizeInGiB: Required value'],
  },
  'two volumes of a task': {
    kind: serviceKind,
    spec: {
      taskDefinition: 'web',
      ...storage,
      volumeConfigurations: [
        { name: 'a', managedEBSVolume: { sizeInGiB: 1 } },
        { name: 'b', managedEBSVolume: { sizeInGiB: 1 } },
      ],
    },
    want: ['spec.volumeConfigurations', 'must have at most 1 item'],
  },
  'a volume of a snapshot': {
    kind: serviceKind,
    spec: {
      taskDefinition: 'web',
      ...storage,
      volumeConfigurations: [{ name: 'data', managedEBSVolume: { sizeInGiB: 1, snapshotId: 'snap-1' } }],
    },
    want: ['managedEBSVolume.snapshotId', 'snapshotId is not supported: the volume of a task begins empty'],
  },
  'revision 0': {
    kind: serviceKind,
    spec: { taskDefinition: 'web:0' },
    want: ['spec.taskDefinition', '"web:0"', 'should match'],
  },
};

/** A container as ECS prints one: what is unset is there, but empty. */
const printed = {
  ...container,
  portMappings: [{ containerPort: 80, hostPort: 80 }],
  environment: [{ name: 'A', value: '' }],
  links: [],
  mountPoints: [],
  volumesFrom: [],
  systemControls: [],
  interactive: false,
  privileged: false,
};

describe('The API server', function () {
  this.timeout(30_000);
  const served = servesKinds('crds', ...kinds);

  for (const [sentence, { kind = taskDefinitionKind, fieldValidation = 'Strict', want, ...object }] of Object.entries(
    refusals,
  )) {
    it(`refuses ${sentence}`, async () => {
      assertRefused(
        await served.create({ kind, query: `dryRun=All&fieldValidation=${fieldValidation}`, ...object }),
        want,
      );
    });
  }

  it('takes what ECS prints for unset members, and stores the defaults', async () => {
    const spec = { ...definition({ ...printed, healthCheck: { command: ['CMD', 'true'] } }), volumes: [] };
    const query = 'fieldValidation=Strict';
    assertTaken(await served.create({ kind: taskDefinitionKind, name: 'printed', spec, query }));
    const stored = await served.send({ method: 'GET', path: `${served.pathOf(taskDefinitionKind)}/printed` });
    assert.deepEqual(stored.body['spec'], {
      networkMode: 'awsvpc',
      volumes: [],
      containerDefinitions: [
        {
          ...printed,
          cpu: 0,
          essential: true,
          readonlyRootFilesystem: false,
          pseudoTerminal: false,
          portMappings: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }],
          healthCheck: { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3, startPeriod: 0 },
        },
      ],
    });
  });

  it('takes every condition of a start order', async () => {
    const spec = definition(
      {
        ...container,
        dependsOn: ['START', 'HEALTHY'].map((condition) => ({ containerName: 'db', condition })),
        stopTimeout: 120,
      },
      { ...container, name: 'db', healthCheck: { command: ['CMD', 'true'] }, startTimeout: 120 },
      {
        ...container,
        name: 'job',
        dependsOn: ['COMPLETE', 'SUCCESS'].map((condition) => ({ containerName: 'seed', condition })),
      },
      { ...container, name: 'seed', essential: false, dependsOn: [], stopTimeout: 0 },
    );
    assertTaken(await served.create({ kind: taskDefinitionKind, spec }));
  });

  it('gives a service the defaults of ECS, nested ones too', async () => {
    const { body } = await served.create({ kind: serviceKind, spec: { taskDefinition: 'web' } });
    assert.deepEqual(body['spec'], {
      taskDefinition: 'web',
      cluster: 'default',
      desiredCount: 1,
      schedulingStrategy: 'REPLICA',
      healthCheckGracePeriodSeconds: 0,
      deploymentConfiguration: { strategy: 'ROLLING' },
    });
  });

  for (const kind of kinds.filter(({ specOptional }) => specOptional === true)) {
    it(`takes an ${kind.kind} without a spec`, async () => {
      const answer = await served.create({ kind });
      assertTaken(answer);
      assert.deepEqual(answer.body['spec'], {});
    });
  }

  it('refuses another family on update, naming both, and takes everything else', async () => {
    const spec = { family: 'shop', ...definition(container) };
    await served.create({ kind: taskDefinitionKind, name: 'renamed', spec, query: '' });
    const patch = (change: JsonObject): Promise<Answer> =>
      served.send({
        method: 'PATCH',
        path: `${served.pathOf(taskDefinitionKind)}/renamed`,
        body: { spec: change },
        contentType: 'application/merge-patch+json',
      });
    const renamed = await patch({ family: 'store' });
    assert.equal(renamed.status, 422);
    assert.match(String(renamed.body['message']), /spec\.family: .*from 'shop' to 'store'/);
    assert.equal((await patch({ family: null })).status, 422);
    assert.equal((await patch(definition({ ...container, image: 'nginx:2' }))).status, 200);
  });

  it('scales a service that names no desired count', async () => {
    await served.create({ kind: serviceKind, name: 'scaled', spec: { taskDefinition: 'web' }, query: '' });
    const path = `${served.pathOf(serviceKind)}/scaled`;
    const body = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'scaled', namespace: served.namespace },
      spec: { replicas: 3 },
    };
    const { status } = await served.send({ method: 'PUT', path: `${path}/scale`, body });
    assert.equal(status, 200);
    const { body: service } = await served.send({ method: 'GET', path });
    assert.equal((service['spec'] as JsonObject)['desiredCount'], 3);
  });
});
