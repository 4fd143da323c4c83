import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { TaskDefinitionSpec } from '../../../../src/api/task-definition.ts';
import { runnableOf, type Runnable } from '../../../../src/core/task/standalone/runnable.ts';
import { byLaunchType, containerDefinition, content } from '../../../support/builders.ts';
import { task, type TaskInput } from '../../../support/standalone.ts';

const definition: TaskDefinitionSpec = {
  ...content(containerDefinition()),
  taskRoleArn: 'arn:aws:iam::111122223333:role/web',
  kubernetes: { serviceAccountName: 'web', priorityClassName: 'high' },
  tags: [
    { key: 'team', value: 'shop' },
    { key: 'tier', value: 'front' },
  ],
};

function run(spec: TaskInput, of: TaskDefinitionSpec = definition): Runnable {
  return runnableOf(
    task(spec).spec,
    { kind: 'found', taskDefinition: 'web:1', content: of },
    {
      cluster: 'main',
      capacity: byLaunchType(task(spec).spec),
    },
  );
}

/** The content that is run. */
function contentOf(spec: TaskInput): TaskDefinitionSpec {
  const runnable = run(spec);
  assert.ok(runnable.kind === 'content');
  return runnable.content;
}

describe('runnableOf', () => {
  const tags: Record<string, { readonly spec: TaskInput; readonly want: Readonly<Record<string, string>> }> = {
    'no tags, for ECS propagates none unasked': { spec: {}, want: {} },
    'no tags of the definition when told so': { spec: { propagateTags: 'NONE' }, want: {} },
    'its own tags': { spec: { tags: [{ key: 'run', value: '7' }] }, want: { run: '7' } },
    'those of the definition on request, and its own before them': {
      spec: { propagateTags: 'TASK_DEFINITION', tags: [{ key: 'team', value: 'ops' }] },
      want: { team: 'ops', tier: 'front' },
    },
    'the tag that ECS manages': { spec: { enableECSManagedTags: true }, want: { 'aws:ecs:clusterName': 'main' } },
  };
  for (const [sentence, { spec, want }] of Object.entries(tags)) {
    it(`gives a task ${sentence}`, () => {
      assert.deepEqual(Object.fromEntries((contentOf(spec).tags ?? []).map(({ key, value }) => [key, value])), want);
    });
  }

  it('gives it another role with another ServiceAccount, and leaves the rest of what Kubernetes has', () => {
    const role = 'arn:aws:iam::111122223333:role/migrate';
    const spec = { overrides: { taskRoleArn: role }, kubernetes: { serviceAccountName: 'migrate' } };
    const { taskRoleArn, kubernetes } = contentOf(spec);
    assert.equal(taskRoleArn, role);
    assert.deepEqual(kubernetes, { serviceAccountName: 'migrate', priorityClassName: 'high' });
    assert.deepEqual(contentOf({}).kubernetes, definition.kubernetes);
  });

  const invalid: Record<
    string,
    { readonly spec: TaskInput; readonly of?: TaskDefinitionSpec; readonly want: readonly [string, RegExp] }
  > = {
    'overrides that do not fit': {
      spec: { overrides: { containerOverrides: [{ name: 'db' }] } },
      want: ['InvalidOverrides', /container named db/],
    },
    'a definition that its launch type cannot run, as services are': {
      spec: { launchType: 'FARGATE' },
      of: { ...definition, networkMode: 'host' },
      want: ['LaunchTypeNotSupported', /^web:1 cannot be launched on FARGATE: networkMode must be awsvpc, not host\.$/],
    },
    'a launch type that the definition rules out': {
      spec: {},
      of: { ...definition, requiresCompatibilities: ['FARGATE'] },
      want: ['LaunchTypeNotSupported', /^web:1 cannot be launched on EC2: its requiresCompatibilities are FARGATE\.$/],
    },
    'an override that its launch type does not have': {
      spec: {
        launchType: 'FARGATE',
        overrides: { containerOverrides: [{ name: 'app', resourceRequirements: [{ type: 'GPU', value: '1' }] }] },
      },
      want: ['LaunchTypeNotSupported', /resourceRequirements of container app is not supported there/],
    },
  };
  for (const [sentence, { spec, of, want }] of Object.entries(invalid)) {
    it(`refuses ${sentence}`, () => {
      const runnable = run(spec, of);
      assert.ok(runnable.kind === 'invalid');
      assert.equal(runnable.reason, want[0]);
      assert.match(runnable.message, want[1]);
    });
  }
});
