import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseTaskDefinitionSpec } from '../../../src/api/task-definition.ts';
import type { LaunchConfiguration } from '../../../src/api/volume-configurations.ts';
import { differsFromEcs } from '../../../src/core/differences.ts';
import { planService } from '../../../src/core/service/plan.ts';
import {
  launchVolumeDifferences,
  launchVolumeProblem,
  launchVolumesOf,
} from '../../../src/core/task/launch-volumes.ts';
import { renderPod } from '../../../src/core/task/pod/pod.ts';
import { planTask } from '../../../src/core/task/standalone/plan.ts';
import { resolutionFor } from '../../../src/core/task-definition/launch.ts';
import { byLaunchType, deepFreeze, deploymentRecord, newTask, service, snapshot } from '../../support/builders.ts';
import { task, taskWorld } from '../../support/standalone.ts';
import { look, serviceWorld } from '../../support/world.ts';
import { container } from '../../support/written-pod.ts';

type Volume = NonNullable<LaunchConfiguration['volumeConfigurations']>[number];

/** A service of which volume `data` is that large. */
function launch(members: Partial<Volume['managedEBSVolume']> = {}, name = 'data'): LaunchConfiguration {
  return deepFreeze({
    volumeConfigurations: [{ name, managedEBSVolume: { sizeInGiB: 10, ...members } }],
    kubernetes: { storageClassName: 'gp3' },
  });
}

const launchVolumes = [{ name: 'data', sizeInGiB: 10, storageClassName: 'gp3' }];
const withVolume = deepFreeze(
  parseTaskDefinitionSpec({
    containerDefinitions: [container('app', { mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }] })],
    volumes: [{ name: 'data', configuredAtLaunch: true }, { name: 'scratch' }],
  }),
);
const plain = deepFreeze(parseTaskDefinitionSpec({ containerDefinitions: [container('app')] }));
const found = deepFreeze({ kind: 'found', taskDefinition: 'web:3', content: withVolume } as const);

describe('what of a volume that is configured at launch matters to a task', () => {
  it('is its name, its size and its class', () => {
    assert.deepEqual(launchVolumesOf(launch({ iops: 3000, encrypted: true })), { launchVolumes });
  });

  it('is nothing when there is none', () => {
    for (const spec of [{}, { volumeConfigurations: [], kubernetes: { storageClassName: 'gp3' } }]) {
      assert.deepEqual(launchVolumesOf(spec), {});
    }
  });
});

describe('the volumes of a definition and those that are configured', () => {
  const cases: Record<string, readonly [...Parameters<typeof launchVolumeProblem>, want: string | undefined]> = {
    'go together when each is there': [withVolume, launch(), undefined],
    'go together when there are none': [plain, {}, undefined],
    'do not when one is not configured': [
      withVolume,
      {},
      'its volume data is configured at launch, and volumeConfigurations has none of that name',
    ],
    'do not when another one is configured': [
      withVolume,
      launch({}, 'date'),
      'its volume data is configured at launch, and volumeConfigurations has none of that name',
    ],
    'do not when there is none to configure': [
      plain,
      launch(),
      'volumeConfigurations has data, and it has no volume of that name with configuredAtLaunch',
    ],
    'do not when the one that is configured is of another kind': [
      parseTaskDefinitionSpec({ ...plain, volumes: [{ name: 'data' }] }),
      launch(),
      'volumeConfigurations has data, and it has no volume of that name with configuredAtLaunch',
    ],
  };
  for (const [sentence, [content, spec, want]] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(launchVolumeProblem(content, spec), want);
    });
  }
});

describe('what differs from ECS in a volume that is configured at launch', () => {
  const common =
    'volumeConfigurations[data]: the volume is deleted with the pod of its task, which may stay for a while after the task has stopped.';
  const cases: Record<string, readonly [LaunchConfiguration, want: string | undefined]> = {
    'is nothing without one': [{ volumeConfigurations: [] }, undefined],
    'is the class, whatever is written': [
      launch(),
      `volumeConfigurations[data]: type, speed, encryption and file system are those of the StorageClass gp3. ${common}`,
    ],
    'is each member that the class decides': [
      launch({ volumeType: 'io2', iops: 3000, encrypted: false }),
      `volumeConfigurations[data]: type, speed, encryption and file system are those of the StorageClass gp3: nothing compares it with volumeType, iops, encrypted. ${common}`,
    ],
    'is the role': [
      launch({ roleArn: 'arn:role' }),
      `volumeConfigurations[data]: type, speed, encryption and file system are those of the StorageClass gp3. ${common} ` +
        'volumeConfigurations[data].managedEBSVolume.roleArn: it has no effect, the EBS CSI driver has a role of its own.',
    ],
  };
  for (const [sentence, [spec, want]] of Object.entries(cases)) {
    it(sentence, () => {
      const [condition, ...others] = differsFromEcs(launchVolumeDifferences(spec), 7);
      assert.deepEqual(others, []);
      const type = { type: 'DiffersFromECS', status: 'True', reason: 'FieldsDiffer', observedGeneration: 7 };
      assert.deepEqual(condition, want === undefined ? undefined : { ...type, message: want });
    });
  }
});

describe('the pod of a task with such a volume', () => {
  it('has a claim of its own, of that size and class', () => {
    const { spec } = renderPod(newTask({ snapshot: snapshot({ content: withVolume, launchVolumes }) }));
    const claim = {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'gp3',
      resources: { requests: { storage: '10Gi' } },
    };
    assert.deepEqual(spec.volumes, [
      { name: 'data', ephemeral: { volumeClaimTemplate: { spec: claim } } },
      { name: 'scratch', emptyDir: {} },
    ]);
    assert.deepEqual(spec.containers[0]?.volumeMounts, [{ name: 'data', mountPath: '/data' }]);
  });

  it('is not made before the volume is configured', () => {
    const unconfigured = { taskDefinition: 'web:1', launchType: 'EC2', content: withVolume } as const;
    assert.throws(() => renderPod(newTask({ snapshot: unconfigured })), /volume data is configured at launch/);
  });
});

describe('a service with such a volume', () => {
  /** What a service does whose deployment has a volume of 10 GiB. */
  function stepsOf(spec: LaunchConfiguration): readonly string[] {
    const deployed = snapshot({ taskDefinition: 'web:3', content: withVolume, launchVolumes });
    const world = serviceWorld({
      service: service({ desiredCount: 0, ...(spec as object) }),
      resolution: found,
      deployments: [deploymentRecord({ snapshot: deployed })],
    });
    return look(world).steps;
  }

  it('deploys another size or class', () => {
    assert.deepEqual(stepsOf(launch({ sizeInGiB: 11 })), ['create #2 of web:3']);
    assert.deepEqual(stepsOf({ ...launch(), kubernetes: { storageClassName: 'io2' } }), ['create #2 of web:3']);
  });

  it('deploys nothing where the tasks would be the same', () => {
    assert.deepEqual(stepsOf(launch()), []);
    assert.deepEqual(stepsOf(launch({ iops: 4000, roleArn: 'arn:role' })), []);
  });

  it('remembers it in the deployment', () => {
    const spec = service(launch());
    const [step] = planService(serviceWorld({ service: spec, resolution: found, deployments: [] })).steps;
    assert(step?.kind === 'createDeployment');
    assert.deepEqual(step.deployment.snapshot.launchVolumes, launchVolumes);
  });

  it('says what differs', () => {
    const { conditions = [] } = look(serviceWorld({ service: service(launch()), resolution: found })).status;
    assert(conditions.some(({ type }) => type === 'DiffersFromECS'));
  });
});

describe('a standalone task with such a volume', () => {
  it('gets it, and says what differs', () => {
    const { steps, status } = planTask(taskWorld({ task: task({ ...launch() }), resolution: found }));
    const { conditions = [] } = status;
    assert(steps[0]?.kind === 'createPod');
    assert.deepEqual(steps[0].task.snapshot.launchVolumes, launchVolumes);
    assert(conditions.some(({ type }) => type === 'DiffersFromECS'));
  });

  it('is stalled while nobody configures it', () => {
    const given = task();
    const { steps, status } = planTask(
      taskWorld({ task: given, resolution: resolutionFor(given.spec, byLaunchType(), found) }),
    );
    assert.deepEqual(steps, []);
    const stalled = status.conditions?.find(({ type }) => type === 'Stalled');
    assert.equal(stalled?.reason, 'VolumesNotConfigured');
    assert.match(stalled.message, /^web:3 cannot be launched: its volume data is configured at launch/);
  });
});

describe('the launch type of a task with such a volume', () => {
  it('is EC2', () => {
    assert.deepEqual(resolutionFor(launch(), byLaunchType(), found), found);
  });

  it('cannot be FARGATE, and that is told first', () => {
    assert.deepEqual(resolutionFor({}, byLaunchType({ launchType: 'FARGATE' }), found), {
      kind: 'missing',
      reason: 'LaunchTypeNotSupported',
      message:
        'web:3 cannot be launched on FARGATE: its volume data is configured at launch, and EKS Fargate mounts no EBS volumes.',
    });
  });
});
