import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Fate } from '../../../support/fortune.ts';
import { containerDefinition, content } from '../../../support/builders.ts';
import { containersOf } from '../../../support/dependencies.ts';
import { TaskModel } from '../../../support/task-model.ts';

/** Something that happens to the task; `toString` is what fast-check prints of a failure. */
interface Happening {
  readonly happen: (model: TaskModel) => void;
  readonly toString: () => string;
}

function happening(name: string, happen: (model: TaskModel) => void): Happening {
  return { happen, toString: () => name };
}

const fates = fc.array(fc.constantFrom<Fate>('done', 'failed', 'unknown'), { maxLength: 3 });

/** What becomes of the operator, which may see pods and record as they were a few changes ago. */
const operator = fc.oneof(
  { weight: 5, arbitrary: fc.constant(happening('reconcile', (model) => model.reconcile())) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fates, fc.option(fc.nat(2), { nil: undefined }))
      .map(([each, crashAfter]) =>
        happening(`reconcile with ${each.join()}, crash after ${String(crashAfter)}`, (model) =>
          model.reconcile({ fates: each, crashAfter }),
        ),
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({ pods: fc.nat(4), record: fc.nat(1) })
      .map((lag) => happening(`reconcile behind by ${JSON.stringify(lag)}`, (model) => model.reconcile({}, lag))),
  },
);

const world = fc.oneof(
  { weight: 5, arbitrary: fc.constant(happening('the pod progresses', (model) => model.progress())) },
  fc
    .tuple(fc.nat(4), fc.constantFrom(0, 3))
    .map(([container, code]) =>
      happening(`container ${String(container)} exits with ${String(code)}`, (model) => model.exit(container, code)),
    ),
  fc.constantFrom(
    happening('the pod is deleted', (model) => model.deletePod()),
    happening('the pod vanishes', (model) => model.vanish()),
    happening('the status is lost', (model) => model.loseStatus()),
    happening('an image is not there', (model) => model.stick()),
    happening('two minutes pass', (model) => model.wait(120_000)),
    happening('the task is to stop', (model) => model.change({ stop: { reason: 'Enough' } })),
    happening('an hour passes', (model) => model.wait(3_600_000)),
  ),
);

const history = fc.array(fc.oneof({ weight: 3, arbitrary: operator }, { weight: 2, arbitrary: world }), {
  maxLength: 40,
  size: 'max',
});

const contents = [
  content(),
  content(containerDefinition(), containerDefinition({ name: 'log', essential: false })),
  content(...containersOf('app -> job (SUCCESS), db (HEALTHY); job?; db; log? -> mesh (START); mesh?')),
];

function goWell(model: TaskModel): void {
  for (let round = 0; round < 14; round++) {
    model.reconcile();
    model.progress();
    model.wait(1000);
  }
}

describe('a standalone task, whatever happens', function () {
  this.timeout(60_000);

  it('is let start once at most, never goes back, and is final once it has stopped', () => {
    fc.assert(
      fc.property(history, fc.constantFrom(...contents), fc.boolean(), (happenings, definition, isInjected) => {
        const model = new TaskModel(definition, isInjected);
        for (const each of happenings) each.happen(model);
        goWell(model);
        const { lastStatus } = model.status;
        assert.ok(lastStatus === 'RUNNING' || lastStatus === 'STOPPED', `it is left ${String(lastStatus)}`);
      }),
      { numRuns: 500 },
    );
  });

  it('is let start once at most though its record is lost with its pod, as long as its status is there', () => {
    const model = new TaskModel();
    goWell(model);
    model.loseRecord();
    model.vanish();
    goWell(model);
    assert.deepEqual([model.started.size, model.status.lastStatus], [1, 'STOPPED']);
  });

  it('starts, though the operator dies after any of its writes, its status unwritten', () => {
    for (let deaths = 0; deaths <= 3; deaths++) {
      const model = new TaskModel();
      for (let death = 0; death < deaths; death++) model.reconcile({ crashAfter: 1 });
      goWell(model);
      assert.deepEqual([model.started.size, model.status.lastStatus], [1, 'RUNNING'], `after ${String(deaths)}`);
    }
  });

  it('ends when its image never comes, early or late, and has no exit code', () => {
    for (const definition of contents) {
      const model = new TaskModel(definition);
      for (let round = 0; round < 8; round++) {
        model.reconcile();
        const isTold = model.pod?.spec?.activeDeadlineSeconds !== undefined;
        if (round === 2 || isTold) model.progress();
        model.stick();
        model.wait(40_000);
      }
      const { lastStatus, stopCode, stoppedReason, containers = [] } = model.status;
      assert.deepEqual([lastStatus, stopCode], ['STOPPED', 'TaskFailedToStart']);
      assert.match(stoppedReason ?? '', /^CannotPullContainerError: /);
      assert.ok(containers.every(({ exitCode = 143 }) => exitCode === 143));
    }
  });

  it('starts, though its gated pod goes before its launch is recorded', () => {
    const model = new TaskModel();
    model.reconcile();
    model.vanish();
    goWell(model);
    assert.deepEqual([model.started.size, model.status.lastStatus], [1, 'RUNNING']);
  });
});
