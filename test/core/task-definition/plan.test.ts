import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  taskDefinitionKind,
  type TaskDefinitionSpec,
  type TaskDefinitionStatus,
} from '../../../src/api/task-definition.ts';
import { concludeTaskDefinition, contentHashOf, planTaskDefinition } from '../../../src/core/task-definition/plan.ts';
import type { TaskDefinitionStep, TaskDefinitionWorld } from '../../../src/core/task-definition/world.ts';
import type { RevisionRecord } from '../../../src/core/task-definition/resolve.ts';
import {
  containerDefinition,
  content,
  deepFreeze,
  instant,
  iso,
  revisionRecord,
  taskDefinition,
} from '../../support/builders.ts';
import { containersOf } from '../../support/dependencies.ts';

const a = content();
const b = content(containerDefinition({ image: 'shop/web:2' }));

function world(overrides: Partial<TaskDefinitionWorld> = {}): TaskDefinitionWorld {
  return deepFreeze({
    now: instant(100),
    taskDefinition: taskDefinition(),
    revisions: [],
    holder: 'web',
    referenced: new Set<string>(),
    podLevelResources: true,
    ...overrides,
  });
}

function told(steps: readonly TaskDefinitionStep[]): string[] {
  return steps.map(({ kind, revision }) => `${kind} ${revision.family}:${String(revision.number)}`);
}

/** Revisions 1 to `count`, each of another content; the newest has content `b`. */
function revisions(count: number): RevisionRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const image = `shop/web:old-${String(index)}`;
    const held = index === count - 1 ? b : content(containerDefinition({ image }));
    return revisionRecord({ number: index + 1, content: held });
  });
}

describe('planTaskDefinition registers', () => {
  const ofA = taskDefinition(a);
  const ofB = taskDefinition(b);
  const cases: Record<string, { readonly world: TaskDefinitionWorld; readonly want: readonly string[] }> = {
    'revision 1 of a new family': { world: world(), want: ['register web:1'] },
    'nothing for the same content again': {
      world: world({ taskDefinition: ofA, revisions: [revisionRecord({ content: a })] }),
      want: [],
    },
    'a revision for new content': {
      world: world({ taskDefinition: ofB, revisions: [revisionRecord({ content: a })] }),
      want: ['register web:2'],
    },
    'a third one on the way back to the first content': {
      world: world({
        taskDefinition: ofA,
        revisions: [revisionRecord({ content: a }), revisionRecord({ number: 2, content: b })],
      }),
      want: ['register web:3'],
    },
    'nothing for a member that holds its default': {
      world: world({
        taskDefinition: taskDefinition(content(containerDefinition({ cpu: 0 }))),
        revisions: [asStored()],
      }),
      want: [],
    },
    'nothing for the same size in other words': {
      world: world({
        taskDefinition: taskDefinition({ ...a, cpu: '1 vCPU', memory: '.5GB' }),
        revisions: [revisionRecord({ content: { ...a, cpu: '1024', memory: '512' } })],
      }),
      want: [],
    },
    'a revision for another size': {
      world: world({
        taskDefinition: taskDefinition({ ...a, cpu: '1 vCPU' }),
        revisions: [revisionRecord({ content: a })],
      }),
      want: ['register web:2'],
    },
    'nothing for FARGATE in a size that it has not': {
      world: world({
        taskDefinition: taskDefinition({ ...a, cpu: '512', memory: '6144', requiresCompatibilities: ['FARGATE'] }),
      }),
      want: [],
    },
    'nothing whose containers are larger than the task': {
      world: world({ taskDefinition: taskDefinition({ ...a, memory: '127' }) }),
      want: [],
    },
    'the next number when only the newest is left': {
      world: world({ taskDefinition: ofA, revisions: [revisionRecord({ number: 7, content: b })] }),
      want: ['register web:8'],
    },
    'the next number that the status remembers when none is left': {
      world: world({ taskDefinition: taskDefinition(a, { status: { revision: 7 } }) }),
      want: ['register web:8'],
    },
    'the higher of both when they differ': {
      world: world({
        taskDefinition: taskDefinition(a, { status: { revision: 3 } }),
        revisions: [revisionRecord({ number: 5, content: b })],
      }),
      want: ['register web:6'],
    },
    'by the newest, in whatever order they come': {
      world: world({
        taskDefinition: ofB,
        revisions: [revisionRecord({ number: 2, content: b }), revisionRecord({ content: a })],
      }),
      want: [],
    },
    'under the family, not under the name of the object': {
      world: world({ taskDefinition: taskDefinition({ family: 'My_Web' }) }),
      want: ['register My_Web:1'],
    },
    'nothing when another object holds the family': {
      world: world({ holder: 'shop', revisions: [revisionRecord({ content: b })] }),
      want: [],
    },
  };
  for (const [sentence, { world: given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(told(planTaskDefinition(given).steps), want);
    });
  }

  /** Revision 1 as a version wrote it that did not know `cpu`. */
  function asStored(): RevisionRecord {
    const stored = { containerDefinitions: [{ name: 'app', image: 'shop/web:1', memory: 128 }] };
    return revisionRecord({ content: stored as unknown as TaskDefinitionSpec });
  }

  it('the content without the family, under a name that an object may have', () => {
    const [step] = planTaskDefinition(world({ taskDefinition: taskDefinition({ ...a, family: 'My_Web' }) })).steps;
    assert(step);
    const { name, ...revision } = step.revision;
    assert.match(name, /^my-web-[0-9a-f]{8}\.1$/);
    assert.deepEqual(revision, { family: 'My_Web', number: 1, hash: contentHashOf(a), content: a });
  });

  it('and says so', () => {
    const { events, status } = planTaskDefinition(world());
    assert.deepEqual(events, [
      { type: 'Normal', reason: 'Registered', action: 'Register', message: 'registered revision web:1' },
    ]);
    assert.deepEqual(
      { ...status, conditions: undefined },
      {
        observedGeneration: 1,
        taskDefinition: 'web:1',
        revision: 1,
        status: 'ACTIVE',
        dependsOnMode: 'none',
        size: {
          requested: { cpu: 0, memory: 128 },
          fargate: {
            requested: { cpu: 0, memory: 128 },
            billed: { cpu: 256, memory: 512 },
            capacityProvisioned: '0.25vCPU 0.5GB',
            wasted: { cpu: 256, memory: 128 },
          },
        },
        registeredAt: iso(100),
        conditions: undefined,
      },
    );
  });
});

function conditionsIn({ conditions = [] }: TaskDefinitionStatus): string[] {
  return conditions.map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`);
}

describe('the status of a task definition', () => {
  const settled = world({ taskDefinition: taskDefinition(a), revisions: [revisionRecord({ content: a })] });

  it('is Ready with the newest revision', () => {
    const { status, events } = planTaskDefinition(settled);
    assert.deepEqual(events, []);
    assert.deepEqual([status.revision, status.taskDefinition, status.registeredAt], [1, 'web:1', iso()]);
    const ready = status.conditions?.find((condition) => condition.type === 'Ready');
    assert.deepEqual(ready, {
      type: 'Ready',
      status: 'True',
      reason: 'Registered',
      message: 'Revision web:1 is registered.',
      observedGeneration: 1,
      lastTransitionTime: iso(100),
    });
  });

  it('is Stalled with the nearest sizes when Fargate has not the one it asks for', () => {
    const sized = { ...a, cpu: '512', memory: '6 GB', requiresCompatibilities: ['FARGATE' as const] };
    const { status } = planTaskDefinition(world({ taskDefinition: taskDefinition(sized) }));
    assert.deepEqual(conditionsIn(status).slice(1), [
      'Stalled=True InvalidSize: cpu 512 with memory 6144 is not a Fargate size: the nearest are cpu 512 with memory 4096, ' +
        'and cpu 1024 with memory 6144.',
    ]);
  });

  it('says that the size does not bind the containers together, where that is so', () => {
    const sized = taskDefinition({
      ...content(containerDefinition(), containerDefinition({ name: 'log' })),
      cpu: '512',
    });
    const told = (podLevelResources: boolean): string[] =>
      conditionsIn(planTaskDefinition(world({ taskDefinition: sized, podLevelResources })).status);
    assert.deepEqual(told(true), ['Ready=True Registered: Revision web:1 is registered.']);
    assert.match(told(false)[1] ?? '', /^DiffersFromECS=True FieldsDiffer: cpu: on EC2 a limit of each container/);
  });

  it('names what is not as on ECS, and is Ready all the same', () => {
    const differing = taskDefinition({
      ...content(
        containerDefinition({ dockerLabels: { role: 'web' } }),
        containerDefinition({ name: 'log', dockerLabels: { role: 'log' } }),
      ),
      networkMode: 'bridge',
    });
    const { conditions = [] } = planTaskDefinition(world({ taskDefinition: differing })).status;
    assert.deepEqual(
      conditions.map(({ type, status, reason }) => [type, status, reason]),
      [
        ['Ready', 'True', 'Registered'],
        ['DiffersFromECS', 'True', 'FieldsDiffer'],
      ],
    );
    assert.equal(
      conditions[1]?.message,
      'networkMode: the containers share one network, no port of the node is chosen, and a task is reached at its own ' +
        'address. containerDefinitions[app].dockerLabels, containerDefinitions[log].dockerLabels: containers have no ' +
        'labels: they are in the annotation ecs-operator.dev/docker-labels of the task.',
    );
  });

  it('is Stalled, and keeps what it said, when another object holds the family', () => {
    const before = planTaskDefinition(settled).status;
    const later = taskDefinition(b, { status: before, metadata: { generation: 2 } });
    const { status, events, steps } = planTaskDefinition(world({ taskDefinition: later, holder: 'shop' }));
    assert.deepEqual([steps, events, status.revision, status.observedGeneration], [[], [], 1, 2]);
    const holds = status.conditions?.filter((condition) => condition.status === 'True').map(({ type }) => type);
    assert.deepEqual(holds, ['Stalled']);
    const [ready] = status.conditions ?? [];
    assert.equal(
      `${String(ready?.reason)}: ${String(ready?.message)}`,
      'FamilyClash: Family web belongs to ECSTaskDefinition shop, which is older; choose another spec.family.',
    );
  });

  it('is Stalled, and keeps the revision there is, when a pod cannot keep the start order', () => {
    const before = planTaskDefinition(settled).status;
    const cyclic = content(...containersOf('a -> b (START); b -> a (START)'));
    const later = taskDefinition(cyclic, { status: before, metadata: { generation: 2 } });
    const { status, events, steps } = planTaskDefinition({ ...settled, taskDefinition: later });
    assert.deepEqual([steps, events, status.taskDefinition, status.observedGeneration], [[], [], 'web:1', 2]);
    assert.deepEqual(conditionsIn(status), [
      'Ready=False DependencyCycle: dependsOn has a cycle: a -> b -> a',
      'Stalled=True DependencyCycle: dependsOn has a cycle: a -> b -> a',
    ]);
    assert.deepEqual(taskDefinitionKind.status.parse(status), status);
  });

  it('is Stalled, and registers nothing, when the definition is longer than ECS takes', () => {
    const sized = (length: number): TaskDefinitionSpec => ({
      ...content(
        containerDefinition({ command: Array<string>(4).fill('é'.repeat(length)) }),
        containerDefinition({ name: 'log' }),
      ),
      kubernetes: { secrets: { ['x'.repeat(20_000)]: { name: 'a' } } },
    });
    const plan = (length: number) => planTaskDefinition(world({ taskDefinition: taskDefinition(sized(length)) }));
    const { status, steps } = plan(8192);
    assert.deepEqual(steps, []);
    assert.match(
      conditionsIn(status).at(-1) ?? '',
      /^Stalled=True DefinitionTooLong: Actual length: '65\d+'\. Max allowed length is '65536' bytes\. .* in containerDefinitions\[app\]/,
    );
    assert.equal(plan(8100).steps.length, 1);
  });

  it('is Stalled, and registers nothing, when a placement constraint does not parse; once it does, it is registered', () => {
    const constrained = (expression: string): TaskDefinitionWorld =>
      world({ taskDefinition: taskDefinition({ ...a, placementConstraints: [{ type: 'memberOf', expression }] }) });
    const { status, steps } = planTaskDefinition(constrained('attribute:ecs.instance-type =~ m5.* && zone == a'));
    assert.deepEqual(steps, []);
    assert.match(
      conditionsIn(status).at(-1) ?? '',
      /^Stalled=True InvalidPlacementConstraint: placementConstraints\[0\]\.expression: at character 40: .* after &&, found 'zone'$/,
    );
    assert.equal(planTaskDefinition(constrained('attribute:ecs.instance-type =~ m5.*')).steps.length, 1);
  });

  it('says by what the start order is kept, and what differs from ECS', () => {
    const containers = containersOf('app -> job (SUCCESS), db (START); job?; db; log?', { app: { stopTimeout: 60 } });
    const { status, steps } = planTaskDefinition(world({ taskDefinition: taskDefinition(content(...containers)) }));
    assert.equal(steps.length, 1);
    assert.equal(status.dependsOnMode, 'mixed');
    assert.deepEqual(conditionsIn(status), [
      'Ready=True Registered: Revision web:1 is registered.',
      'DiffersFromECS=True FieldsDiffer: ' +
        'containerDefinitions[db], containerDefinitions[log]: not started before job has ended. ' +
        'containerDefinitions[db]: its exit ends the task, but the kubelet starts it again until then. ' +
        'containerDefinitions[db]: stopped after the others, in what those leave of the grace period. ' +
        'containerDefinitions[job].stopTimeout, containerDefinitions[db].stopTimeout, containerDefinitions[log].stopTimeout: ' +
        'a pod has one grace period, so that it is 60 seconds and not 30.',
    ]);
    assert.deepEqual(taskDefinitionKind.status.parse(status), status);
  });

  it('does not change when nothing does, and fits the schema', () => {
    const { status } = planTaskDefinition(settled);
    const again = planTaskDefinition({ ...settled, now: instant(500), taskDefinition: taskDefinition(a, { status }) });
    assert.deepEqual(again.status, status);
    assert.deepEqual(taskDefinitionKind.status.parse(status), status);
  });
});

describe('a registration that failed', () => {
  const plan = planTaskDefinition(world());
  const failed = plan.steps.map((step) => ({ step, message: 'the server is out of order' }));
  const { status, events } = concludeTaskDefinition(world(), plan, { failed });

  it('is not claimed, in the status or in an event', () => {
    assert.deepEqual(events, []);
    assert.deepEqual(
      [status.revision, status.taskDefinition, status.conditions?.map((each) => `${each.type}=${each.status}`)],
      [undefined, undefined, ['Ready=False', 'Reconciling=True']],
    );
  });

  it('is tried again under the same number', () => {
    const again = planTaskDefinition(world({ taskDefinition: taskDefinition({}, { status }) }));
    assert.deepEqual(again.steps, plan.steps);
  });

  it('of the pruning of an old one takes nothing back', () => {
    const pruning = planTaskDefinition(world({ taskDefinition: taskDefinition(b), revisions: revisions(101) }));
    const refused = pruning.steps.map((step) => ({ step, message: 'no' }));
    assert.equal(concludeTaskDefinition(world(), pruning, { failed: refused }), pruning);
  });
});

describe('planTaskDefinition prunes', () => {
  const many = revisions(103);
  const current = taskDefinition(b);
  const cases: Record<string, { readonly world: TaskDefinitionWorld; readonly want: readonly string[] }> = {
    'nothing up to a hundred': {
      world: world({ taskDefinition: current, revisions: revisions(100) }),
      want: [],
    },
    'the oldest beyond a hundred': {
      world: world({ taskDefinition: current, revisions: many }),
      want: ['prune web:3', 'prune web:2', 'prune web:1'],
    },
    'none that a service refers to': {
      world: world({ taskDefinition: current, revisions: many, referenced: new Set(['web:2', 'web:103']) }),
      want: ['prune web:3', 'prune web:1'],
    },
    'nothing before the new one is registered': {
      world: world({ taskDefinition: taskDefinition(a), revisions: many }),
      want: ['register web:104'],
    },
  };
  for (const [sentence, { world: given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(told(planTaskDefinition(given).steps), want);
    });
  }
});

describe('a family, whatever people apply to it', () => {
  const contents = [a, b, content(containerDefinition({ image: 'shop/web:3' }))];
  const applied = fc.array(fc.nat(contents.length - 1), { maxLength: 20 });

  it('has a new number for every change, and none for none', () => {
    fc.assert(
      fc.property(applied, fc.func(fc.boolean()), (choices, isPruned) => {
        let kept: RevisionRecord[] = [];
        const numbers: number[] = [];
        let previous: number | undefined;
        for (const choice of choices) {
          const given = world({ taskDefinition: taskDefinition(contents[choice] ?? a), revisions: kept });
          const added = planTaskDefinition(given).steps.filter((step) => step.kind === 'register');
          assert.equal(added.length, choice === previous ? 0 : 1);
          numbers.push(...added.map((step) => step.revision.number));
          const newest = added.map(({ revision }) => revisionRecord(revision));
          kept = [...kept.filter((each, index) => index === kept.length - 1 || !isPruned(each.number)), ...newest];
          previous = choice;
        }
        assert.deepEqual(
          numbers,
          numbers.map((_, index) => index + 1),
        );
      }),
    );
  });
});
