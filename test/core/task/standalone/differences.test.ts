import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { taskDifferencesOf } from '../../../../src/core/task/standalone/differences.ts';
import { planTask } from '../../../../src/core/task/standalone/plan.ts';
import { task, taskWorld, type TaskInput } from '../../../support/standalone.ts';

const file = { value: 'arn:aws:s3:::shop/web.env', type: 's3' };
const role = 'arn:aws:iam::111122223333:role/pull';

describe('taskDifferencesOf', () => {
  const cases: Record<string, { readonly spec: TaskInput; readonly want: readonly (readonly [string, RegExp])[] }> = {
    'of a plain task there is none': { spec: { tags: [{ key: 'a' }], platformVersion: '' }, want: [] },
    'what ECS prints for unset members is none': {
      spec: { overrides: { executionRoleArn: '', containerOverrides: [] } },
      want: [],
    },
    'subnets have no effect': {
      spec: { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'DISABLED' } } },
      want: [['networkConfiguration.awsvpcConfiguration.subnets', /no effect/]],
    },
    'roles are not what they were': {
      spec: { overrides: { executionRoleArn: role, taskRoleArn: role }, kubernetes: { serviceAccountName: 'a' } },
      want: [
        ['overrides.taskRoleArn', /the ServiceAccount decides/],
        ['overrides.executionRoleArn', /no effect/],
      ],
    },
    'storage and files, by container': {
      spec: {
        overrides: {
          ephemeralStorage: { sizeInGiB: 30 },
          containerOverrides: [{ name: 'db' }, { name: 'app', environmentFiles: [{ value: 'configmap:a' }, file] }],
        },
      },
      want: [
        ['overrides.containerOverrides[app].environmentFiles[1].type', /ConfigMap is read instead/],
        ['overrides.ephemeralStorage.sizeInGiB', /evicted/],
      ],
    },
  };
  for (const [sentence, { spec, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const found = taskDifferencesOf(task(spec).spec);
      assert.deepEqual(
        found.map(({ paths }) => paths),
        want.map(([path]) => [path]),
      );
      found.forEach(({ what }, index) => assert.match(what, want[index]?.[1] ?? /never/));
    });
  }

  it('are told by a condition of the task', () => {
    const { status } = planTask(taskWorld({ task: task({ overrides: { executionRoleArn: role } }) }));
    const told = status.conditions?.find(({ type }) => type === 'DiffersFromECS');
    assert.deepEqual([told?.status, told?.reason], ['True', 'FieldsDiffer']);
    assert.match(told?.message ?? '', /^overrides\.executionRoleArn: it has no effect: .*\.$/);
  });
});
