import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { serviceKind } from '../../../src/api/service.ts';
import type { WhyNot } from '../../../src/core/placement/model-types.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import { describeTask, type TaskView } from '../../../src/core/task/view.ts';
import { catalog } from '../../../src/metrics/catalog.ts';
import { deploymentRecord, instant, iso, ms, noTerms, pod, service, taskView } from '../../support/builders.ts';
import { after, look, messages, serviceWorld } from '../../support/world.ts';

const noMemory = "0/6 nodes are available: 2 Insufficient memory, 4 node(s) didn't match Pod's node affinity/selector.";
const noCpu = '0/6 nodes are available: 6 Insufficient cpu.';
const guide = 'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';
const unmet = 'was unable to place a task because no container instance met all of its requirements. Reason:';

/** A task that the kube-scheduler has found no node for. */
function unplaced(id: string, message: string): TaskView {
  return taskView({ id, node: undefined, lastStatus: 'PROVISIONING', pendingReason: 'no node', unplaced: message });
}

/** A service of three tasks, one of which runs. */
function worldOf(overrides: Partial<ServiceWorld> = {}): ServiceWorld {
  const spec = service({ desiredCount: 3 });
  return serviceWorld({
    service: spec,
    tasks: [running, unplaced('b', noMemory), unplaced('c', noMemory)],
    ...overrides,
  });
}

const running = taskView({ id: 'a', healthyAtMs: ms(40) });
const memory = '6 nodes: 4 missing an attribute required by the task, 2 with insufficient memory available';

function conditionOf(world: ServiceWorld, type: string): string | undefined {
  const condition = look(world).status.conditions?.find((each) => each.type === type);
  return condition && `${condition.status} ${condition.reason}: ${condition.message}`;
}

describe('tasks that no node takes', () => {
  it('are a condition, with the reason of the nearest miss', () => {
    assert.equal(conditionOf(worldOf(), 'Unplaced'), `True InsufficientMemory: 2 not placed: ${memory}.`);
  });

  it('are in what Ready says, once', () => {
    const { digits } = deploymentRecord();
    const want = `1 of 3 tasks of ecs-svc/${digits} (web:1) are healthy; 2 not placed: ${memory}.`;
    assert.equal(conditionOf(worldOf(), 'Ready'), `False DeploymentInProgress: ${want}`);
  });

  it('are in the status, by reason, the commonest first, as the schema has it', () => {
    const tasks = [unplaced('a', noCpu), unplaced('b', noMemory), unplaced('c', noMemory)];
    const { status } = look(worldOf({ tasks }));
    assert.deepEqual(
      status.unplaced?.map(({ reason, count }) => `${String(count)} ${reason}`),
      ['2 RESOURCE:MEMORY', '1 RESOURCE:CPU'],
    );
    assert.ok(serviceKind.status.safeParse(status).success);
    assert.match(
      conditionOf(worldOf({ tasks }), 'Unplaced') ?? '',
      /InsufficientMemory: 2 not placed: .*; 1 not placed: /,
    );
  });

  it('are a metric, by reason', () => {
    const { status } = look(worldOf());
    const metric = catalog.find(({ name }) => name === 'ecs_service_unplaced_tasks');
    const samples = metric?.samples({ services: [{ ...service(), status }], clusters: [], providers: [] });
    const own = { namespace: 'shop', cluster: 'default', service: 'web' };
    assert.deepEqual(samples, [{ labels: { ...own, reason: 'RESOURCE:MEMORY' }, value: 2 }]);
  });

  it('leave no trace once they are placed', () => {
    const world = worldOf();
    const placed = after({ ...world, tasks: [running, running, running] }, look(world));
    const { status } = look(placed);
    assert.equal(status.unplaced, undefined);
    assert.equal(
      status.conditions?.some(({ type }) => type === 'Unplaced'),
      false,
    );
  });

  it('are not those that are to stop, or that nobody has looked at', () => {
    const stopping = { ...unplaced('b', noMemory), desiredStatus: 'STOPPED' } as const;
    const { unplaced: _said, ...waiting } = unplaced('c', noMemory);
    assert.equal(look(worldOf({ tasks: [running, stopping, waiting] })).status.unplaced, undefined);
  });

  it('fail a placement constraint where there is one, and lack an attribute otherwise', () => {
    const said = "0/6 nodes are available: 6 node(s) didn't match Pod's node affinity/selector.";
    const tasks = [unplaced('a', said)];
    const constraints = [{ type: 'memberOf' as const, expression: 'attribute:rack == a' }];
    const constrained = worldOf({ tasks, placement: { ...noTerms, constraints } });
    assert.match(
      conditionOf(constrained, 'Unplaced') ?? '',
      /^True PlacementConstraintUnsatisfied: .*MemberOf placement/,
    );
    assert.match(conditionOf(worldOf({ tasks }), 'Unplaced') ?? '', /^True MissingAttribute: /);
  });

  it('are told by who has looked at all nodes, where somebody has', () => {
    const whyNot: WhyNot = {
      reason: 'RESOURCE:MEMORY',
      counts: [{ reason: 'RESOURCE:MEMORY', words: 'lack 512 MiB', nodes: 6 }],
      sentence: '6 nodes: 6 lack 512 MiB; closest ip-10-0-1-7 lacks 88 MiB',
      closest: { node: 'ip-10-0-1-7', lacks: '88 MiB' },
    };
    const { unplaced: _said, ...gated } = unplaced('b', noCpu);
    const onItsWay = { ...gated, id: 'c', podUid: 'uid-c' };
    const world = worldOf({ tasks: [running, gated, onItsWay], whyNots: new Map([[gated.podUid, whyNot]]) });
    assert.equal(conditionOf(world, 'Unplaced'), `True InsufficientMemory: 1 not placed: ${whyNot.sentence}.`);
    const wantEvent = `${unmet} The closest matching (container-instance ip-10-0-1-7) has insufficient memory available. ${whyNot.sentence}. ${guide}`;
    assert.ok(messages(look(world).events).includes(wantEvent));
  });

  it('are told each by what it asks for, where some wait for us and others for the kube-scheduler', () => {
    const words = (reason: WhyNot['reason'], sentence: string): WhyNot => ({ reason, counts: [], sentence });
    const told = (tasks: readonly TaskView[]): object | undefined => {
      const whyNots = new Map([
        ['uid-b', words('RESOURCE:CPU', '3 nodes: 3 lack 1 CPU')],
        ['uid-d', words('RESOURCE:CPU', '9 nodes: 9 lack 1 CPU')],
        ['uid-e', words('RESOURCE:CPU', '9 nodes: 9 lack 1 CPU')],
      ]);
      return look(worldOf({ tasks, whyNots })).status.unplaced;
    };
    const waiting = ['b', 'd', 'e'].map((id) => ({ ...unplaced(id, noMemory), podUid: `uid-${id}` }));
    const tasks = [...waiting, { ...unplaced('c', noMemory), podUid: 'uid-c' }];
    const want = [
      { reason: 'RESOURCE:CPU', count: 3, message: '9 nodes: 9 lack 1 CPU' },
      { reason: 'RESOURCE:MEMORY', count: 1, message: memory },
    ];
    assert.deepEqual([told(tasks), told(tasks.toReversed())], [want, want]);
  });
});

describe('the event of tasks that no node takes', () => {
  const said = (world: ServiceWorld): string[] =>
    messages(look(world).events).filter((message) => message.includes('unable to place'));
  const event = `${unmet} The closest matching container-instance has insufficient memory available. ${memory}. ${guide}`;

  it("is in ECS's words", () => {
    assert.deepEqual(said(worldOf()), [event]);
    assert.equal(look(worldOf()).events.find(({ reason }) => reason === 'TaskNotPlaced')?.type, 'Warning');
  });

  it('is told once, though other nodes fail for it later', () => {
    const world = worldOf();
    const fewer = '0/5 nodes are available: 5 Insufficient memory.';
    assert.deepEqual(said(after({ ...world, tasks: [unplaced('b', fewer)] }, look(world), 3600)), []);
  });

  it('is told anew for another reason', () => {
    const world = worldOf();
    const [told = ''] = said(after({ ...world, tasks: [unplaced('b', noCpu)] }, look(world), 60));
    assert.match(told, /has insufficient CPU units available/);
  });

  it('is told again after six hours; the service is looked at long before', () => {
    const world = worldOf();
    const first = look(world);
    const six = 6 * 3600;
    assert.equal(first.wakeAtMs, world.now.epochMs + 15_000);
    assert.deepEqual(said(after(world, first, six - 1)), []);
    assert.deepEqual(said(after(world, first, six)), [event]);
  });

  it('says what is known where no count of nodes is', () => {
    const volumes = '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.';
    const world = worldOf({ tasks: [unplaced('b', volumes)] });
    assert.deepEqual(said(world), [`${unmet} pod has unbound immediate PersistentVolumeClaims. ${guide}`]);
    assert.deepEqual(said(after(world, look(world), 60)), []);
  });

  it('tells of a cluster without nodes as ECS does', () => {
    const world = worldOf({ tasks: [unplaced('b', 'no nodes available to schedule pods')] });
    assert.deepEqual(said(world), [`${unmet} No Container Instances were found in your cluster. ${guide}`]);
  });

  it('fits into an event however much the kube-scheduler says', () => {
    const endless = `0/9 nodes are available: 9 ${'x'.repeat(3000)}.`;
    const { events } = look(worldOf({ tasks: [unplaced('b', endless)] }));
    const { message: told = '' } = events.find(({ reason }) => reason === 'TaskNotPlaced') ?? {};
    assert.ok(told.length <= 1024 && told.endsWith(guide), told);
  });
});

describe('what of a pod makes its task one that no node takes', () => {
  const scheduled = (status: 'True' | 'False', reason: string): TaskView =>
    describeTask(
      pod({
        status: {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status, reason, message: noCpu, lastTransitionTime: iso() }],
        },
      }),
    );

  it('is what the kube-scheduler says, and nothing that a gate does', () => {
    assert.equal(scheduled('False', 'Unschedulable').unplaced, noCpu);
    assert.equal(scheduled('False', 'SchedulingGated').unplaced, undefined);
    assert.equal(scheduled('True', '').unplaced, undefined);
  });
});

describe('a service whose pods cannot say what binds them', () => {
  const constraints = [{ type: 'memberOf' as const, expression: 'runningTasksCount < 5' }];
  const placement = { ...noTerms, constraints };

  it('keeps what runs and starts nothing', () => {
    assert.deepEqual(look(worldOf({ tasks: [running] })).steps, ['start 2', 'start 3']);
    assert.deepEqual(look(worldOf({ tasks: [running], placement })).steps, []);
  });

  it('starts where the operator places', () => {
    const world = worldOf({ tasks: [running], placement: { ...placement, mode: 'operator' }, now: instant(200) });
    assert.deepEqual(look(world).steps, ['start 2', 'start 3']);
  });
});
