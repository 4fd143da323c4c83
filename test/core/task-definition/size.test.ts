import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ContainerDefinition } from '../../../src/api/container-definition.ts';
import type { TaskDefinitionSpec } from '../../../src/api/task-definition.ts';
import { definitionSizeProblem, inUnits, sizeProblem, taskSizeOf } from '../../../src/core/task-definition/size.ts';
import { containerDefinition, content } from '../../support/builders.ts';

/** `app` and `log` with these members, in a task of that size. */
function sized(
  size: Partial<TaskDefinitionSpec>,
  app: Partial<ContainerDefinition> = {},
  log: Partial<ContainerDefinition> = {},
): TaskDefinitionSpec {
  const open = { memory: undefined };
  const containers = [containerDefinition({ ...open, ...app }), containerDefinition({ ...open, name: 'log', ...log })];
  return { ...content(...containers), ...size };
}

describe('The size of a definition', () => {
  it('is told in units, as far as it says', () => {
    assert.deepEqual(taskSizeOf({ cpu: '.5 vCPU', memory: '1GB' }), { cpu: 512, memory: 1024 });
    assert.deepEqual(taskSizeOf({ cpu: '256' }), { cpu: 256 });
    assert.deepEqual(taskSizeOf({}), {});
  });

  it('is none where an older operator let the empty text through, and the content stays what it is', () => {
    const older = sized({ cpu: '', memory: '' });
    assert.deepEqual(taskSizeOf(older), {});
    assert.deepEqual(inUnits(older), older);
    assert.equal(definitionSizeProblem(older), undefined);
  });

  it('is kept in units, whatever was written', () => {
    assert.deepEqual(inUnits(sized({ cpu: '1 vCPU', memory: '.5GB' })), sized({ cpu: '1024', memory: '512' }));
    assert.deepEqual(inUnits(content()), content());
  });

  const fits: Record<string, TaskDefinitionSpec> = {
    'its containers say nothing': sized({ cpu: '256', memory: '512' }),
    'its containers take all of it': sized(
      { cpu: '256', memory: '512' },
      { cpu: 128, memory: 256 },
      { cpu: 128, memoryReservation: 256 },
    ),
    'its hard limits are overcommitted and what is reserved is not': sized(
      { memory: '512' },
      { memory: 512, memoryReservation: 256 },
      { memory: 512, memoryReservation: 256 },
    ),
    'it has none': sized({}, { cpu: 262_144, memory: 1_048_576 }, { memory: 6 }),
  };
  for (const [sentence, given] of Object.entries(fits)) {
    it(`holds its containers if ${sentence}`, () => {
      assert.equal(sizeProblem(given), undefined);
    });
  }

  const problems: readonly [TaskDefinitionSpec, string][] = [
    [
      sized({ cpu: '1 vCPU' }, { cpu: 512, memory: 6 }, { cpu: 600, memory: 6 }),
      "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'. app 512, log 600 are 1112 CPU units, the task has 1024.",
    ],
    [
      sized({ memory: '0.5 GB' }, { memory: 256 }, { memoryReservation: 257 }),
      "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'. app 256, log 257 are 513 MiB, the task has 512.",
    ],
    [
      sized({ memory: '512' }, { memoryReservation: 6 }, { memory: 513, memoryReservation: 6 }),
      "The 'memory' setting for container log (513 MiB) is greater than for the task, which has 512.",
    ],
  ];
  for (const [given, want] of problems) {
    it(`does not hold its containers: ${want}`, () => {
      assert.equal(sizeProblem(given), want);
      assert.equal(definitionSizeProblem(given), want);
    });
  }

  it('has to be one of Fargate where the definition is for FARGATE', () => {
    const odd = { cpu: '512', memory: '6144' };
    const message =
      'cpu 512 with memory 6144 is not a Fargate size: the nearest are cpu 512 with memory 4096, and cpu 1024 with memory 6144.';
    assert.equal(definitionSizeProblem(sized({ ...odd, requiresCompatibilities: ['EC2', 'FARGATE'] })), message);
    assert.equal(definitionSizeProblem(sized({ ...odd, requiresCompatibilities: ['EC2'] })), undefined);
    assert.equal(definitionSizeProblem(sized(odd)), undefined);
  });
});
