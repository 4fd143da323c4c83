import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Task } from '../../src/api/task.ts';
import { applyAll, kubectl, kubectlJson, makeNamespace } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';

const namespace = `task-api-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const task = (name: string, of: string, spec: object): object => manifests.task(name, of, spec);

/** A patch of the task `job`. @returns what the API server says. */
function change(spec: object): Promise<string> {
  return kubectl(['patch', '-n', namespace, 'ecst/job', '--type=merge', '-p', JSON.stringify({ spec })]);
}

describe('the API server', function () {
  this.timeout(60_000);
  const whole = {
    overrides: { containerOverrides: [{ name: 'app', command: ['migrate'] }] },
    startedBy: 'ops/nightly',
    tags: [{ key: 'team', value: 'shop' }],
    volumeConfigurations: [{ name: 'data', managedEBSVolume: { sizeInGiB: 1 } }],
    kubernetes: { ttlSecondsAfterStopped: 60, storageClassName: 'gp3' },
  };

  const record = {
    taskId: '0'.repeat(32),
    launch: 1,
    podName: 'web-000000000000',
    stoppedAt: '2026-01-01T00:00:00Z',
    stoppedReason: 'Essential container in task exited',
    exitCode: 3,
    containers: [{ name: 'app', image: 'web', lastStatus: 'STOPPED', exitCode: 3, healthStatus: 'UNKNOWN' }],
  };
  const recorded = {
    group: `service:${'a'.repeat(255)}`,
    startedBy: 'ecs-svc/1000000000000000001',
    stop: {},
    kubernetes: { record },
  };

  before(async () => {
    await makeNamespace(namespace);
    await applyAll(task('job', 'web', whole));
  });

  after(async () => {
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

  const refusals: Record<string, { readonly spec: object; readonly want: RegExp }> = {
    'a count above 1, with the advice': {
      spec: { count: 3 },
      want: /spec\.count: .*count 3 must be 1: .*apply one for each, or an ECSService/,
    },
    'a group that only a service may have': {
      spec: { group: 'service:web' },
      want: /spec\.group: .*group 'service:web' cannot begin with service: or family:/,
    },
    'a group that only a family may have': { spec: { group: 'family:web' }, want: /spec\.group: .*reserved/ },
    'a group that is too long': { spec: { group: 'a'.repeat(256) }, want: /spec\.group: .*at most 255 characters/ },
    'a startedBy that only the task of a service may have': {
      spec: { startedBy: 'ecs-svc/1' },
      want: /spec\.startedBy: .*startedBy 'ecs-svc\/1' cannot begin with ecs-svc\//,
    },
    'a record that is not told to stop': {
      spec: { ...recorded, stop: undefined },
      want: /spec\.stop: .*a record needs stop/,
    },
    'a record without what it records': {
      spec: { ...recorded, kubernetes: { record: { launch: 1 } } },
      want: /spec\.kubernetes\.record\): missing required field "taskId"/,
    },
    'a startedBy that is too long': { spec: { startedBy: 'a'.repeat(129) }, want: /spec\.startedBy: .*128/ },
    'a tag of the provider': { spec: { tags: [{ key: 'AWS:x' }] }, want: /spec\.tags\[0\]\.key: .*begin with aws:/ },
    'two overrides of one container': {
      spec: { overrides: { containerOverrides: [{ name: 'a' }, { name: 'a' }] } },
      want: /containerOverrides\[1\]: Duplicate value/,
    },
    'an override of the role without a ServiceAccount that brings it': {
      spec: { overrides: { taskRoleArn: 'arn:aws:iam::111122223333:role/web' } },
      want: /spec\.overrides\.taskRoleArn: .*'arn:aws:iam::111122223333:role\/web' needs kubernetes\.serviceAccountName: name a/,
    },
    'a file with variables that is neither in S3 nor a ConfigMap': {
      spec: { overrides: { containerOverrides: [{ name: 'a', environmentFiles: [{ value: '/etc/env' }] }] } },
      want: /environmentFiles\[0\]\.type: .*type must be s3 with an ARN.*'\/etc\/env'/,
    },
    'storage below what ECS gives': {
      spec: { overrides: { ephemeralStorage: { sizeInGiB: 20 } } },
      want: /spec\.overrides\.ephemeralStorage\.sizeInGiB: .*greater than or equal to 21/,
    },
    'another platform version': {
      spec: { launchType: 'FARGATE', platformVersion: '1.4.0' },
      want: /spec\.platformVersion: .*platformVersion '1\.4\.0' must be LATEST: Fargate on EKS has one platform/,
    },
    'a platform version on EC2, as ECS does': {
      spec: { launchType: 'EC2', platformVersion: 'LATEST' },
      want: /spec\.platformVersion: .*The platform version must be null when specifying an EC2 launch type\./,
    },
    'security groups, which would guard nothing': {
      spec: { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'] } } },
      want: /securityGroups: .*securityGroups is not supported: .*SecurityGroupPolicy/,
    },
    'a public address': {
      spec: { networkConfiguration: { awsvpcConfiguration: { assignPublicIp: 'ENABLED' } } },
      want: /assignPublicIp: .*assignPublicIp must be DISABLED: a pod has no public address/,
    },
    'tags of a service, which no task has': {
      spec: { propagateTags: 'SERVICE' },
      want: /spec\.propagateTags: Unsupported value: "SERVICE": supported values: "TASK_DEFINITION", "NONE"/,
    },
    'a constraint without what it asks for': {
      spec: { placementConstraints: [{ type: 'memberOf' }] },
      want: /spec\.placementConstraints\[0\]\.expression: .*memberOf needs an expression, such as attribute:/,
    },
    'a launch type beside a strategy': {
      spec: { launchType: 'EC2', capacityProviderStrategy: [{ capacityProvider: 'general' }] },
      want: /spec\.launchType: .*launchType and capacityProviderStrategy cannot both be set: leave one of them out/,
    },
    'an override that is not supported': {
      spec: { overrides: { inferenceAcceleratorOverrides: [{}] } },
      want: /spec\.overrides\.inferenceAcceleratorOverrides: .*is not supported: Elastic Inference has ended/,
    },
    'a size that there is not': {
      spec: { overrides: { cpu: '1 CPU', memory: '1 GB' } },
      want: /spec\.overrides\.cpu: .*cpu '1 CPU' must be in CPU units, such as 1024, or vCPUs, such as 1 vCPU/,
    },
    'a volume without a StorageClass': {
      spec: { volumeConfigurations: [{ name: 'data', managedEBSVolume: { sizeInGiB: 1 } }] },
      want: /spec\.volumeConfigurations: .*needs kubernetes\.storageClassName/,
    },
    'a volume that stays': {
      spec: {
        volumeConfigurations: [
          { name: 'data', managedEBSVolume: { sizeInGiB: 1, terminationPolicy: { deleteOnTermination: false } } },
        ],
        kubernetes: { storageClassName: 'gp3' },
      },
      want: /deleteOnTermination must be true: a volume that stays is a claim/,
    },
    'a member that is not supported': {
      spec: { referenceId: 'x' },
      want: /referenceId is not supported: use metadata\.labels or metadata\.annotations/,
    },
  };
  for (const [sentence, { spec, want }] of Object.entries(refusals)) {
    it(`refuses ${sentence}`, async () => {
      await assert.rejects(applyAll(task('refused', 'web', spec)), want);
    });
  }

  const changes: Record<string, object> = {
    taskDefinition: { taskDefinition: 'other' },
    cluster: { cluster: 'other' },
    count: { count: 1 },
    launchType: { launchType: 'FARGATE' },
    capacityProviderStrategy: { capacityProviderStrategy: [{ capacityProvider: 'general' }] },
    placementStrategy: { placementStrategy: [{ type: 'random' }] },
    placementConstraints: { placementConstraints: [{ type: 'distinctInstance' }] },
    overrides: { overrides: { containerOverrides: [{ name: 'app', command: ['serve'] }] } },
    group: { group: 'nightly' },
    startedBy: { startedBy: null },
    tags: { tags: [{ key: 'team', value: 'store' }] },
    volumeConfigurations: { volumeConfigurations: [{ name: 'data', managedEBSVolume: { sizeInGiB: 2 } }] },
    kubernetes: { kubernetes: { ttlSecondsAfterStopped: 61 } },
    propagateTags: { propagateTags: 'TASK_DEFINITION' },
    enableECSManagedTags: { enableECSManagedTags: true },
    platformVersion: { platformVersion: '' },
    networkConfiguration: { networkConfiguration: {} },
  };
  for (const [name, spec] of Object.entries(changes)) {
    it(`refuses another ${name} later`, async () => {
      await assert.rejects(change(spec), new RegExp(`spec\\.${name}: .*${name} cannot be changed: a task is run once`));
    });
  }

  it('takes a record, with the group and the startedBy of the task of a service, and no change of it', async () => {
    await applyAll(task('recorded', 'web:1', recorded));
    const patch = JSON.stringify({ spec: { kubernetes: { record: { exitCode: 0 } } } });
    const changed = kubectl(['patch', '-n', namespace, 'ecst/recorded', '--type=merge', '-p', patch]);
    await assert.rejects(changed, /spec\.kubernetes: .*kubernetes cannot be changed/);
  });

  it('takes the same task again, and a stop, with a reason if it has none', async () => {
    await applyAll(task('job', 'web', whole));
    await change({ stop: {} });
    const { spec } = await kubectlJson<Task>('get', '-n', namespace, 'ecst', 'job');
    assert.deepEqual(spec.stop, { reason: 'Task stopped by user' });
    await change({ stop: { reason: 'Enough' } });
  });
});
