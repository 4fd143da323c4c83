import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { primaryOf } from '../../../src/core/service/deployment.ts';
import { planService } from '../../../src/core/service/plan.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import { askedOf } from '../../../src/core/placement/kube-scheduler/asked.ts';
import { serviceGroup } from '../../../src/core/placement/task-group.ts';
import { podNameOf, taskIdOf } from '../../../src/core/task/identity.ts';
import type { TaskView } from '../../../src/core/task/view.ts';
import type { Resolution } from '../../../src/core/task-definition/resolve.ts';
import {
  byLaunchType,
  containerDefinition,
  content,
  deploymentRecord,
  ms,
  noNodes,
  noTerms,
  service,
  snapshot,
  taskView,
} from '../../support/builders.ts';
import { after, look, nextFound, pending, second, serviceWorld, settled, tasks } from '../../support/world.ts';

const missing: Resolution = { kind: 'missing', reason: 'TaskDefinitionNotFound', message: 'It is gone.' };
const oldTasks = { deployment: deploymentRecord().digits };
const newTasks = { deployment: second.digits };

function check(cases: Record<string, { readonly world: ServiceWorld; readonly want: readonly string[] }>): void {
  for (const [sentence, { world, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(look(world).steps, want);
    });
  }
}

describe('planService begins a deployment', () => {
  const first = { service: service({ desiredCount: 3 }), deployments: [] };
  check({
    'not before its cluster exists': { world: serviceWorld({ ...first, cluster: undefined }), want: [] },
    'not before its task definition exists': { world: serviceWorld({ ...first, resolution: missing }), want: [] },
    'before any task starts': { world: serviceWorld(first), want: ['create #1 of web:1'] },
    'also with nothing to start': {
      world: serviceWorld({ ...first, service: service({ desiredCount: 0 }) }),
      want: ['create #1 of web:1'],
    },
    'when the content changes, and touches no task before it is written down': {
      world: { ...settled(), resolution: nextFound },
      want: ['create #2 of web:2'],
    },
    'when the launch type changes': {
      world: { ...settled(), capacity: byLaunchType({ launchType: 'FARGATE' }) },
      want: ['create #2 of web:1'],
    },
    'when another family has the same content': {
      world: { ...settled(), resolution: { kind: 'found', taskDefinition: 'shop:1', content: content() } },
      want: ['create #2 of shop:1'],
    },
    'not for the same content under a new revision': {
      world: { ...settled(), resolution: { kind: 'found', taskDefinition: 'web:2', content: content() } },
      want: [],
    },
    'not when the same manifest is applied again': {
      world: { ...settled(), service: service({}, { status: settled().service.status, metadata: { generation: 2 } }) },
      want: [],
    },
    'not for members that hold their default': {
      world: {
        ...settled(),
        deployments: [deploymentRecord({ snapshot: snapshot({ content: withoutDefaultMembers() }) })],
      },
      want: [],
    },
    'not when only the desired count changes': {
      world: { ...settled(), service: service({ desiredCount: 2 }) },
      want: ['start 2'],
    },
    'not when only the bounds change': {
      world: { ...settled(), service: service({ deploymentConfiguration: { maximumPercent: 150 } }) },
      want: [],
    },
  });
});

/** The content as somebody stored it who knew of fewer members. */
function withoutDefaultMembers(): ReturnType<typeof content> {
  const stored = { containerDefinitions: [{ name: 'app', image: 'shop/web:1', memory: 128 }] };
  return stored as unknown as ReturnType<typeof content>;
}

describe('planService, going back to earlier content', () => {
  const both = { deployments: [deploymentRecord(), second] };
  check({
    'promotes the deployment whose tasks still run': {
      world: serviceWorld({ ...both, tasks: [...tasks(1, oldTasks), taskView({ id: 'new', ...newTasks })] }),
      want: ['promote #1 to #3'],
    },
    'promotes it also if its tasks are only starting': {
      world: serviceWorld({ ...both, tasks: tasks(1, { ...oldTasks, ...pending }) }),
      want: ['promote #1 to #3'],
    },
    'begins a new deployment when its tasks are gone': {
      world: serviceWorld({ ...both, tasks: tasks(1, newTasks) }),
      want: ['create #3 of web:1'],
    },
    'begins a new deployment when its tasks are on their way out': {
      world: serviceWorld({ ...both, tasks: tasks(1, { ...oldTasks, lastStatus: 'STOPPING' }) }),
      want: ['create #3 of web:1'],
    },
    'after the promotion stops the others and starts nothing': {
      world: serviceWorld({
        deployments: [deploymentRecord({ sequence: 3, digits: oldTasks.deployment }), second],
        tasks: [...tasks(1, oldTasks), taskView({ id: 'new', ...newTasks })],
      }),
      want: ['stop new'],
    },
  });

  it('gives a second attempt to begin a deployment the same name', () => {
    const world = { ...settled(), resolution: nextFound };
    assert.deepEqual(planService(world).steps, planService({ ...world, now: serviceWorld().now }).steps);
  });

  it('gives the same content deployed again another id', () => {
    const again = planService(serviceWorld({ deployments: [deploymentRecord(), second] })).steps[0];
    const first = planService(serviceWorld({ deployments: [] })).steps[0];
    assert(again?.kind === 'createDeployment' && first?.kind === 'createDeployment');
    assert.match(first.deployment.digits, /^[1-9]\d{18}$/);
    assert.notEqual(again.deployment.digits, first.deployment.digits);
    assert.equal(again.deployment.hash, first.deployment.hash);
  });
});

describe('planService starts tasks', () => {
  const three = service({ desiredCount: 3 });
  const launched = settled({ service: three, tasks: tasks(3) });
  check({
    'of a new deployment, numbered from 1': {
      world: serviceWorld({ service: three }),
      want: ['start 1', 'start 2', 'start 3'],
    },
    'on scale-out, numbered on': {
      world: serviceWorld({ service: three, tasks: tasks(2) }),
      want: ['start 3'],
    },
    'in the place of one that was deleted, under a number the status remembers': {
      world: { ...launched, tasks: tasks(2) },
      want: ['start 4'],
    },
    'in the place of one that stopped, under a number its pod remembers': {
      world: serviceWorld({ tasks: [taskView({ lastStatus: 'STOPPED', launch: 7, stoppedAtMs: ms(90) })] }),
      want: ['start 8'],
    },
    'numbered by their own deployment': {
      world: serviceWorld({
        deployments: [deploymentRecord(), second],
        resolution: nextFound,
        tasks: tasks(1, { ...oldTasks, launch: 9 }),
      }),
      want: ['start 1'],
    },
    'although the task definition is gone, for the deployment remembers it': {
      world: { ...launched, tasks: tasks(2), resolution: missing },
      want: ['start 4'],
    },
    'although the cluster is gone, for the deployment goes on': {
      world: { ...launched, tasks: tasks(2), cluster: undefined },
      want: ['start 4'],
    },
  });

  it('each from its deployment, under an id made of service, deployment and number', () => {
    const [step] = planService(
      serviceWorld({ service: service({ cluster: 'Main', serviceName: 'Web' }), cluster: 'main' }),
    ).steps;
    const { digits: deployment, snapshot: deployed } = deploymentRecord();
    const id = taskIdOf({ serviceUid: 'uid-of-web', deployment, number: 1 });
    const wantService = { name: 'web', cluster: 'main' };
    const wantGroup = { name: 'web', shown: 'Web' };
    const own = { id, podName: podNameOf('web', id), deployment, launch: 1, service: wantService, snapshot: deployed };
    const group = serviceGroup(wantGroup, deployment);
    const asked = askedOf(noTerms, content(), noNodes);
    const terms = { capacity: { launchType: 'EC2' }, placement: noTerms, asked, group };
    const task = { ...own, ...terms, podLevelResources: true };
    assert.deepEqual(step, { kind: 'startTask', task });
  });

  it('again under the same number when the launch was refused', () => {
    const world = serviceWorld({ service: three });
    const refused = look(world, { kind: 'startTask' });
    assert.deepEqual(look(after(world, refused)).steps, refused.steps);
  });

  it('under the next numbers when the launches were done, though their pods are gone already', () => {
    const world = serviceWorld({ service: three });
    assert.deepEqual(look(after(world, look(world))).steps, ['start 4', 'start 5', 'start 6']);
  });

  it('under numbers that pods remember when the status is lost', () => {
    assert.deepEqual(look(serviceWorld({ service: three, tasks: tasks(2) })).steps, ['start 3']);
  });
});

describe('planService stops and ends tasks', () => {
  const exit = 'Essential container in task exited';
  check({
    'the surplus on scale-in': {
      world: serviceWorld({ tasks: [...tasks(1), taskView({ id: 'slow', ...pending })] }),
      want: ['stop slow'],
    },
    'all on scale-in to none': {
      world: serviceWorld({ service: service({ desiredCount: 0 }), tasks: tasks(2) }),
      want: ['stop task-1', 'stop task-2'],
    },
    'an older task once the new one is healthy': {
      world: serviceWorld({
        deployments: [deploymentRecord(), second],
        resolution: nextFound,
        tasks: [...tasks(1, oldTasks), taskView({ id: 'new', ...newTasks })],
      }),
      want: ['stop task-1'],
    },
    'not an older task before the new one has been RUNNING for 40 seconds': {
      world: serviceWorld({
        deployments: [deploymentRecord(), second],
        resolution: nextFound,
        tasks: [...tasks(1, oldTasks), taskView({ id: 'new', ...newTasks, healthyAtMs: ms(101) })],
      }),
      want: [],
    },
    'a task that lost its deployment': {
      world: serviceWorld({ tasks: [...tasks(1), taskView({ id: 'stray', deployment: '' })] }),
      want: ['stop stray'],
    },
    'the other containers of a task whose essential container exited, and replaces it': {
      world: serviceWorld({ tasks: [taskView({ desiredStatus: 'STOPPED', endBecause: exit })] }),
      want: [`end a: ${exit}`, 'start 2'],
    },
    'a task that cannot start, and replaces it at the next look': {
      world: serviceWorld({ tasks: [taskView({ ...pending, giveUp: { atMs: ms(100), reason: 'no image' } })] }),
      want: ['end a: no image'],
    },
    'not a task that may start yet': {
      world: serviceWorld({ tasks: [taskView({ ...pending, giveUp: { atMs: ms(101), reason: 'no image' } })] }),
      want: [],
    },
    'once only a task that cannot start and is not wanted any more': {
      world: serviceWorld({
        tasks: [...tasks(1), taskView({ id: 'surplus', ...pending, giveUp: { atMs: ms(100), reason: 'no image' } })],
      }),
      want: ['stop surplus'],
    },
    'not twice a task that is being stopped': {
      world: serviceWorld({ tasks: [...tasks(1), taskView({ id: 'leaving', lastStatus: 'STOPPING' })] }),
      want: [],
    },
  });
});

describe('planService looks again', () => {
  const wakes: Record<string, { readonly task: Partial<TaskView>; readonly want: number | undefined }> = {
    'when a task that cannot start has had its time': {
      task: { ...pending, giveUp: { atMs: ms(130), reason: 'no image' } },
      want: ms(130),
    },
    'when a task counts as healthy': { task: { healthyAtMs: ms(120) }, want: ms(120) },
    'when a task counts as unhealthy': { task: { unhealthyAtMs: ms(110), healthyAtMs: ms(120) }, want: ms(110) },
    'not for what is past': {
      task: { ...pending, giveUp: { atMs: ms(100), reason: 'no image' }, unhealthyAtMs: ms(100) },
      want: undefined,
    },
  };
  for (const [sentence, { task, want }] of Object.entries(wakes)) {
    it(sentence, () => {
      assert.equal(look(serviceWorld({ tasks: [taskView(task as TaskView)] })).wakeAtMs, want);
    });
  }
});

describe('planService forgets', () => {
  const many = Array.from({ length: 13 }, (_, index) =>
    deploymentRecord({ sequence: index + 1, snapshot: snapshot({ content: versions(index) }) }),
  );
  const primary = { deployment: many[12]?.digits ?? '' };
  const last: Resolution = { kind: 'found', taskDefinition: 'web:1', content: versions(12) };
  check({
    'deployments without tasks are remembered, ten of them': {
      world: serviceWorld({ deployments: many, resolution: last, tasks: tasks(1, primary) }),
      want: ['forget #2', 'forget #1'],
    },
    'a deployment is not forgotten while the pod of one of its tasks is kept': {
      world: serviceWorld({
        deployments: many,
        resolution: last,
        tasks: [...tasks(1, primary), taskView({ lastStatus: 'STOPPED', deployment: many[0]?.digits ?? '' })],
      }),
      want: ['forget #2'],
    },
  });

  function versions(index: number): ReturnType<typeof content> {
    return content(containerDefinition({ image: `shop/web:${String(index)}` }));
  }
});

describe('primaryOf', () => {
  it('is the deployment with the highest sequence, in whatever order they come', () => {
    assert.equal(primaryOf([deploymentRecord(), second]), second);
    assert.equal(primaryOf([second, deploymentRecord()]), second);
    assert.equal(primaryOf([]), undefined);
  });
});
