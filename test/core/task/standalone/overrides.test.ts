import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { TaskOverrides } from '../../../../src/api/task-overrides.ts';
import { applyOverrides } from '../../../../src/core/task/standalone/overrides.ts';
import { containerDefinition, content } from '../../../support/builders.ts';

const app = containerDefinition({
  command: ['serve'],
  environment: [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ],
});
const log = containerDefinition({ name: 'log', essential: false });
const definition = content(app, log);

describe('applyOverrides', () => {
  it('changes nothing when there are none', () => {
    assert.deepEqual(applyOverrides(definition, undefined, 'web:1'), { kind: 'content', content: definition });
    assert.deepEqual(applyOverrides(definition, {}, 'web:1'), { kind: 'content', content: definition });
  });

  it('replaces command and sizes of the container that is named, and leaves the others', () => {
    const change = { name: 'app', command: ['migrate'], cpu: 512, memory: 256, memoryReservation: 200 };
    const { name: _, ...changed } = change;
    assert.deepEqual(applyOverrides(definition, { containerOverrides: [change] }, 'web:1'), {
      kind: 'content',
      content: { ...definition, containerDefinitions: [{ ...app, ...changed }, log] },
    });
  });

  it('merges the environment by name', () => {
    const environment = [
      { name: 'C', value: '3' },
      { name: 'A', value: 'one' },
    ];
    const result = applyOverrides(definition, { containerOverrides: [{ name: 'app', environment }] }, 'web:1');
    assert.deepEqual(result.kind === 'content' && result.content.containerDefinitions[0]?.environment, [
      { name: 'A', value: 'one' },
      { name: 'B', value: '2' },
      { name: 'C', value: '3' },
    ]);
  });

  it('replaces the size of the task, and has it in units', () => {
    const sized = { ...definition, cpu: '256', memory: '512' };
    const want = { ...definition, cpu: '1024', memory: '512' };
    assert.deepEqual(applyOverrides(sized, { cpu: '1 vCPU' }, 'web:1'), { kind: 'content', content: want });
    assert.deepEqual(applyOverrides(definition, { cpu: '1024', memory: '.5 GB' }, 'web:1'), {
      kind: 'content',
      content: want,
    });
  });

  it('says that the containers do not fit into the task any more', () => {
    assert.deepEqual(applyOverrides({ ...definition, memory: '1024' }, { memory: '255' }, 'web:1'), {
      kind: 'invalid',
      message:
        "With the overrides: The sum of all container 'memoryReservation' values cannot be greater than the value of the " +
        "task 'memory'. app 128, log 128 are 256 MiB, the task has 255.",
    });
    const change = { name: 'app', cpu: 257 };
    const result = applyOverrides({ ...definition, cpu: '256' }, { containerOverrides: [change] }, 'web:1');
    assert.match(result.kind === 'invalid' ? result.message : '', /app 257, log 0 are 257 CPU units, the task has 256/);
  });

  it('says in the words of ECS that there is no such container', () => {
    assert.deepEqual(applyOverrides(definition, { containerOverrides: [{ name: 'db' }] }, 'web:1'), {
      kind: 'invalid',
      message: 'Override for container named db is not a container in the TaskDefinition web:1, which has app, log.',
    });
  });

  it('says that the memory comes to lie below the reservation', () => {
    const change = { name: 'app', memoryReservation: 129 };
    assert.deepEqual(applyOverrides(definition, { containerOverrides: [change] }, 'web:1'), {
      kind: 'invalid',
      message:
        "Invalid setting for container 'app'. With the overrides memory (128 MiB) is below memoryReservation (129 MiB).",
    });
  });

  it('replaces environment files, devices, role and storage', () => {
    const change = {
      name: 'app',
      environmentFiles: [{ value: 'configmap:other' }],
      resourceRequirements: [{ type: 'GPU' as const, value: '2' }],
    };
    const overrides = { containerOverrides: [change], taskRoleArn: 'role', ephemeralStorage: { sizeInGiB: 30 } };
    const { name: _, ...changed } = change;
    assert.deepEqual(applyOverrides(definition, overrides, 'web:1'), {
      kind: 'content',
      content: {
        ...definition,
        containerDefinitions: [{ ...app, ...changed }, log],
        taskRoleArn: 'role',
        ephemeralStorage: { sizeInGiB: 30 },
      },
    });
  });

  it('has no use for the execution role, which a condition tells', () => {
    assert.deepEqual(applyOverrides(definition, { executionRoleArn: 'role' }, 'web:1'), {
      kind: 'content',
      content: definition,
    });
  });

  const mapped = content(app, containerDefinition({ name: 'db', secrets: [{ name: 'KEY', valueFrom: 'secret:a:b' }] }));
  const file = 'arn:aws:s3:::shop/web.env';
  const problems: Record<string, { readonly overrides: TaskOverrides; readonly want: RegExp }> = {
    'more than 8192 characters in all': {
      overrides: { containerOverrides: [{ name: 'app', command: ['x'.repeat(8192)] }] },
      want: /^The overrides have 8246 characters as JSON; at most 8192 are allowed\.$/,
    },
    'a variable that is a secret of the definition': {
      overrides: { containerOverrides: [{ name: 'db', environment: [{ name: 'KEY', value: '' }] }] },
      want: /^Container 'db': the secret name must be unique and not shared .* such as 'KEY'\.$/,
    },
    'a file that the definition does not map': {
      overrides: { containerOverrides: [{ name: 'app', environmentFiles: [{ value: file, type: 's3' }] }] },
      want: /^Container 'app' takes variables from 'arn:aws:s3:::shop\/web\.env', which kubernetes\.configMaps of web:1 /,
    },
  };
  for (const [sentence, { overrides, want }] of Object.entries(problems)) {
    it(`refuses ${sentence}`, () => {
      const result = applyOverrides(mapped, overrides, 'web:1');
      assert.match(result.kind === 'invalid' ? result.message : '', want);
    });
  }

  it('takes 8192 characters, and a file that the definition maps', () => {
    const command = ['x'.repeat(8192 - 54)];
    assert.equal(
      applyOverrides(definition, { containerOverrides: [{ name: 'app', command }] }, 'web:1').kind,
      'content',
    );
    const environmentFiles = [{ value: file, type: 's3' as const }];
    const maps = { ...definition, kubernetes: { configMaps: { [file]: 'web' } } };
    const overrides = { containerOverrides: [{ name: 'app', environmentFiles }] };
    assert.equal(applyOverrides(maps, overrides, 'web:1').kind, 'content');
  });
});
