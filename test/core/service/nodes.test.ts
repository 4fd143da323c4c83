import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { NodeView } from '../../../src/api/meta.ts';
import { planService } from '../../../src/core/service/plan.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import {
  content,
  deploymentRecord,
  iso,
  ms,
  node,
  nodesNamed,
  service,
  snapshot,
  taskView,
} from '../../support/builders.ts';
import {
  after,
  first,
  look,
  messages,
  pending,
  rolling,
  second,
  serviceWorld,
  settled,
  tasks,
  type Look,
} from '../../support/world.ts';

const cordoned = node('node-2', { spec: { unschedulable: true } });
const lost = node('node-2', { ready: { status: 'Unknown', since: 20 } });
const spot = node('node-2', {
  spec: { unschedulable: true, taints: [{ key: 'aws-node-termination-handler/spot-itn', effect: 'NoSchedule' }] },
});

/** A service of two tasks, `a` on a node that is well and `b` on another, 100 s after the beginning. */
function twoTasks(other: NodeView | undefined, overrides: Partial<ServiceWorld> = {}): ServiceWorld {
  return serviceWorld({
    service: service({ desiredCount: 2 }),
    tasks: [taskView({ id: 'a', launch: 1 }), taskView({ id: 'b', launch: 2, node: 'node-2' })],
    nodes: nodesNamed(node(), ...(other ? [other] : [])),
    ...overrides,
  });
}

/** The condition of that type as `reason: message`. */
function condition({ status }: Look, wanted: string): string | undefined {
  const found = status.conditions?.find(({ type, status: holds }) => type === wanted && holds === 'True');
  return found && `${found.reason}: ${found.message}`;
}

describe('planService with a draining node', () => {
  it('starts a replacement first, and says so', () => {
    const found = look(twoTasks(cordoned));
    assert.deepEqual(found.steps, ['start 3']);
    assert.equal(
      condition(found, 'Draining'),
      'TasksMoving: 1 tasks are on draining nodes: node-2 (cordoned). ' +
        'They are replaced within minimumHealthyPercent 100 and maximumPercent 200.',
    );
    assert.equal(condition(found, 'Ready'), undefined);
    assert.equal(found.status.drainingCount, 1);
    assert.equal(found.status.runningCount, 2);
  });

  it('says that the bounds do not let it, and stays ready', () => {
    const deploymentConfiguration = { minimumHealthyPercent: 100, maximumPercent: 100 };
    const found = look(twoTasks(cordoned, { service: service({ desiredCount: 2, deploymentConfiguration }) }));
    assert.deepEqual(found.steps, []);
    assert.equal(
      condition(found, 'Draining'),
      'DrainingBlocked: 1 tasks are on draining nodes: node-2 (cordoned). With minimumHealthyPercent 100 and ' +
        'maximumPercent 100 none of them can be moved. Lower the first or raise the second.',
    );
    assert.equal(condition(found, 'Ready'), 'SteadyState: 2 tasks are running and healthy.');
    assert.equal(condition(found, 'Stalled'), undefined);
    assert(!messages(found.events).some((message) => message.includes('was unable to stop or start')));
  });

  it('forgets it once nothing is left there', () => {
    const world = twoTasks(cordoned);
    const { status } = look({ ...after(world, look(world)), nodes: nodesNamed(node(), node('node-2')) });
    assert.equal(status.drainingCount, undefined);
    assert.deepEqual(
      status.conditions?.map(({ type }) => type),
      ['Ready'],
    );
  });

  it('stops what is pending there at once', () => {
    const world = twoTasks(cordoned);
    const [a] = world.tasks;
    assert(a);
    const { steps } = look({ ...world, tasks: [a, taskView({ id: 'b', launch: 2, node: 'node-2', ...pending })] });
    assert.deepEqual(steps, ['stop b', 'start 3']);
  });

  it('counts none there that stops already', () => {
    const world = twoTasks(cordoned);
    const stopping = taskView({ id: 'b', launch: 2, node: 'node-2', lastStatus: 'STOPPING' });
    const found = look({ ...world, tasks: [...world.tasks.slice(0, 1), stopping, taskView({ id: 'c', launch: 3 })] });
    assert.equal(found.status.drainingCount, undefined);
    assert.equal(condition(found, 'Draining'), undefined);
  });

  it('leaves what tolerates the cordon, which would be placed there again', () => {
    const kubernetes = { tolerations: [{ operator: 'Exists' as const }] };
    const deployments = [deploymentRecord({ snapshot: snapshot({ content: { ...content(), kubernetes } }) })];
    const resolution = { kind: 'found', taskDefinition: 'web:1', content: { ...content(), kubernetes } } as const;
    const found = look(twoTasks(cordoned, { deployments, resolution }));
    assert.deepEqual(found.steps, []);
    assert.equal(condition(found, 'Draining'), undefined);
  });

  const reasons: Record<string, { readonly other: NodeView; readonly want: string }> = {
    'like scale-in': { other: cordoned, want: `Scaling activity initiated by (deployment ecs-svc/${first.digits})` },
    'for a Spot interruption': { other: spot, want: 'Your Spot Task was interrupted.' },
  };
  for (const [sentence, { other, want }] of Object.entries(reasons)) {
    it(`stops what is replaced, ${sentence}`, () => {
      const world = twoTasks(other);
      const { steps } = planService({ ...world, tasks: [...world.tasks, taskView({ id: 'c', launch: 3 })] });
      assert.deepEqual(
        steps.flatMap((step) => (step.kind === 'stopTask' ? [[step.task.id, step.reason]] : [])),
        [['b', want]],
      );
    });
  }
});

describe('planService with a lost node', () => {
  it('replaces what was there, and says so once', () => {
    const world = twoTasks(lost);
    const found = look(world);
    assert.deepEqual(found.steps, ['start 3']);
    assert.equal(found.status.lostCount, 1);
    assert.deepEqual([found.status.runningCount, found.status.pendingCount], [1, 0]);
    assert.equal(
      condition(found, 'TasksLost'),
      `NodesLost: 1 tasks are on lost nodes: node-2 (not Ready since ${iso(20)}). They count neither as healthy nor ` +
        'against maximumPercent: others take their place, and what is too many stops when the nodes come back.',
    );
    const news = `has lost 1 tasks on node-2 (not Ready since ${iso(20)}), which it replaces: (task b).`;
    assert(messages(found.events).includes(news));
    assert.equal(found.events.find(({ reason }) => reason === 'TasksLost')?.type, 'Warning');
    assert(!messages(look(after(world, found)).events).includes(news));
  });

  it('is ready when others have taken the place', () => {
    const world = twoTasks(lost);
    const found = look({ ...world, tasks: [...world.tasks, taskView({ id: 'c', launch: 3 })] });
    assert.deepEqual(found.steps, []);
    assert.equal(condition(found, 'Ready'), 'SteadyState: 2 tasks are running and healthy.');
  });

  it('takes a node for late that nobody has heard of, as long as its task was bound just now', () => {
    const world = twoTasks(undefined);
    const [a] = world.tasks;
    assert(a);
    const bound = (boundAtMs: number): Look =>
      look({ ...world, tasks: [a, taskView({ id: 'b', launch: 2, node: 'node-2', boundAtMs })] });
    assert.deepEqual(bound(ms(41)).steps, []);
    assert.equal(bound(ms(41)).wakeAtMs, ms(101));
    assert.deepEqual(bound(ms(40)).steps, ['start 3']);
  });

  it('tells of ten tasks and three nodes, and counts the others', () => {
    const all = Array.from({ length: 12 }, (_, index) => `node-${String(index + 10)}`);
    const world = serviceWorld({
      service: service({ desiredCount: 12 }),
      tasks: all.map((name, index) => taskView({ id: `t${String(index)}`, launch: index + 1, node: name })),
      nodes: nodesNamed(),
    });
    const found = look(world);
    const [message = ''] = messages(found.events.filter(({ reason }) => reason === 'TasksLost'));
    assert.match(message, /^has lost 12 tasks on node-10 \(gone\), node-11 \(gone\), node-12 \(gone\) and 9 more, /);
    assert.match(message, /\(task t9\) and 2 more\.$/);
    assert.match(condition(found, 'TasksLost') ?? '', /node-19 \(gone\) and 2 more\. They/);
  });

  it('neither stops nor ends what is there', () => {
    const over = { endBecause: 'Essential container in task exited', desiredStatus: 'STOPPED' } as const;
    const there = taskView({ id: 'b', launch: 2, node: 'node-2', ...over });
    const world = twoTasks(lost, { service: service({ desiredCount: 0 }), tasks: [there] });
    assert.deepEqual(look(world).steps, []);
  });

  it('does not call a task lost that has stopped there', () => {
    const world = twoTasks(lost);
    const [a] = world.tasks;
    assert(a);
    const stopped = taskView({
      id: 'b',
      launch: 2,
      node: 'node-2',
      lastStatus: 'STOPPED',
      stoppedReason: 'It is over',
    });
    const found = look({ ...world, tasks: [a, stopped] });
    assert.equal(found.status.lostCount, undefined);
    assert.equal(condition(found, 'TasksLost'), undefined);
  });

  it('uses no launch number of a lost task again, and remembers its deployment', () => {
    const world = twoTasks(lost, { ...rolling, tasks: [taskView({ id: 'b', launch: 2, node: 'node-2' })] });
    const found = look({ ...world, service: service({ desiredCount: 1 }) });
    assert.deepEqual(
      found.status.deployments?.map(({ id, launched, runningCount }) => [id, launched, runningCount]),
      [
        [`ecs-svc/${second.digits}`, 1, 0],
        [`ecs-svc/${first.digits}`, 2, 0],
      ],
    );
    const eleven = Array.from({ length: 11 }, (_, index) =>
      deploymentRecord({ sequence: index + 3, digits: `9${String(index)}` }),
    );
    const { resolution } = serviceWorld();
    const newest = { ...world, resolution, deployments: [first, ...eleven] };
    assert(!look(newest).steps.includes('forget #1'));
    assert(look({ ...newest, tasks: [] }).steps.includes('forget #1'));
  });

  it('completes a deployment whose old tasks are all lost', () => {
    const fresh = tasks(1, { deployment: second.digits });
    const old = taskView({ id: 'b', launch: 2, node: 'node-2' });
    const found = look(serviceWorld({ ...rolling, tasks: [...fresh, old], nodes: nodesNamed(node(), lost) }));
    assert.equal(found.status.deployments?.[0]?.rolloutState, 'COMPLETED');
    assert(condition(found, 'Ready') !== undefined);
  });

  it('stops an old task that comes back after its deployment was replaced', () => {
    const fresh = tasks(1, { deployment: second.digits });
    const old = taskView({ id: 'b', launch: 2, node: 'node-2' });
    const { steps } = look(
      serviceWorld({ ...rolling, tasks: [...fresh, old], nodes: nodesNamed(node(), node('node-2')) }),
    );
    assert.deepEqual(steps, ['stop b']);
  });

  it('begins a deployment anew rather than go back to one whose tasks are all lost', () => {
    const fresh = tasks(1, { deployment: second.digits });
    const old = taskView({ id: 'b', launch: 2, node: 'node-2' });
    const world = serviceWorld({ deployments: [first, second], tasks: [...fresh, old] });
    const goBack = (other: NodeView): readonly string[] => look({ ...world, nodes: nodesNamed(node(), other) }).steps;
    assert.deepEqual(goBack(node('node-2')), ['promote #1 to #3']);
    assert.deepEqual(goBack(lost), ['create #3 of web:1']);
  });
});

describe('planService with a silent node', () => {
  it('looks again when it would be lost, and says nothing', () => {
    const world = settled({ nodes: nodesNamed(node('node-1', { ready: { status: 'Unknown', since: 70 } })) });
    const found = look(world);
    assert.deepEqual([found.steps, found.events], [[], []]);
    assert.equal(found.wakeAtMs, ms(130));
    assert(condition(found, 'Ready') !== undefined);
  });
});
