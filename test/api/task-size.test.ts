import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { parseTaskCpu, parseTaskMemory } from '../../src/api/task-size.ts';

describe('The size of a task', () => {
  const cpus: Record<string, number> = {
    '128': 128,
    '1024': 1024,
    '196608': 196_608,
    '1 vCPU': 1024,
    '1vcpu': 1024,
    '.5 vcpu': 512,
    '0.125 VCPU': 128,
    '192 vCPU': 196_608,
    '0.2509765625 vCPU': 257,
  };
  for (const [text, want] of Object.entries(cpus)) {
    it(`of CPU: ${text} is ${String(want)} units`, () => {
      assert.equal(parseTaskCpu(text), want);
    });
  }

  const memories: Record<string, number> = {
    '6': 6,
    '512': 512,
    '1048576': 1_048_576,
    '0.5GB': 512,
    '.5 gb': 512,
    '1 GB': 1024,
    '2.5 gB': 2560,
    '1024 GB': 1_048_576,
  };
  for (const [text, want] of Object.entries(memories)) {
    it(`of memory: ${text} is ${String(want)} MiB`, () => {
      assert.equal(parseTaskMemory(text), want);
    });
  }

  const form = /must be in CPU units, such as 1024, or vCPUs, such as 1 vCPU$/;
  for (const text of [
    '',
    '1 vCPUs',
    '1  vCPU',
    ' 1024',
    '1024m',
    '0.5',
    '1. vCPU',
    '. vCPU',
    '-1 vCPU',
    '1 GB',
    '1e3',
  ]) {
    it(`is not read from '${text}': the message has the text and the form`, () => {
      assert.throws(() => parseTaskCpu(text), form);
      assert.throws(() => parseTaskCpu(text), new RegExp(`cpu '${text}'`));
    });
  }

  for (const text of ['127', '196609', '0.1 vCPU', '193 vCPU', '.3 vcpu', '0.12207031 vCPU']) {
    it(`is not read from '${text}': the message has the range`, () => {
      assert.throws(() => parseTaskCpu(text), /must be a whole number of CPU units from 128 to 196608$/);
    });
  }

  it('is not read from memory out of its range', () => {
    for (const text of ['5', '1048577', '1025 GB', '0.001 GB']) {
      assert.throws(() => parseTaskMemory(text), /must be a whole number of MiB from 6 to 1048576$/);
    }
    for (const text of ['1 TB', '512M', '1 vCPU', '']) assert.throws(() => parseTaskMemory(text), /such as 2 GB$/);
  });

  it('is the same in units and in vCPUs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 128, max: 196_608 }), (units) => {
        assert.equal(parseTaskCpu(String(units)), units);
        assert.equal(parseTaskCpu(`${String(units / 1024)} vCPU`), units);
      }),
    );
  });
});
