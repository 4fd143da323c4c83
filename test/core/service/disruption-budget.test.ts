import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { labels } from '../../../src/api/labels.ts';
import type { DisruptionBudget } from '../../../src/api/meta.ts';
import type { Service, ServiceSpec } from '../../../src/api/service.ts';
import {
  budgetNameOf,
  minAvailableOf,
  planBudget,
  type BudgetStep,
  type BudgetWorld,
} from '../../../src/core/service/disruption-budget.ts';
import { budgetOf, othersBudget } from '../../support/budgets.ts';
import { iso, service } from '../../support/builders.ts';

type Wish = NonNullable<ServiceSpec['kubernetes']>['disruptionBudget'];

function sized(desiredCount: number, minimumHealthyPercent = 100, disruptionBudget?: Wish): Service {
  return service({
    desiredCount,
    deploymentConfiguration: { minimumHealthyPercent },
    ...(disruptionBudget && { kubernetes: { disruptionBudget } }),
  });
}

function told(step: BudgetStep): string {
  switch (step.kind) {
    case 'createBudget':
      return `create ${String(step.budget.spec.minAvailable)}`;
    case 'changeBudget':
      return `change ${step.budget.metadata.name} to ${String(step.spec.minAvailable)}`;
    case 'removeBudget':
      return `remove ${step.budget.metadata.name}`;
  }
}

function stepsOf(world: Partial<BudgetWorld>): string[] {
  return planBudget({ service: sized(4), own: undefined, others: [], tasks: [], ...world }).steps.map(told);
}

describe('minAvailableOf', () => {
  const cases: Record<string, { readonly of: Service; readonly want: number | undefined }> = {
    'nothing of one task: it could never be evicted': { of: sized(1), want: undefined },
    'nothing of no task': { of: sized(0), want: undefined },
    'one of two': { of: sized(2), want: 1 },
    'all but one of four that are all to be healthy': { of: sized(4), want: 3 },
    'the minimum where it is less than that': { of: sized(4, 50), want: 2 },
    'the minimum rounded up': { of: sized(5, 50), want: 3 },
    'nothing where none has to be healthy': { of: sized(4, 0), want: undefined },
    'one where it is rounded up to one': { of: sized(4, 1), want: 1 },
    'strictly all of four': { of: sized(4, 100, 'strict'), want: 4 },
    'strictly the one there is': { of: sized(1, 100, 'strict'), want: 1 },
    'strictly the minimum': { of: sized(4, 50, 'strict'), want: 2 },
    'strictly nothing where none has to be healthy': { of: sized(4, 0, 'strict'), want: undefined },
    'strictly nothing of no task': { of: sized(0, 100, 'strict'), want: undefined },
    'nothing of a DAEMON: a node takes its task along': {
      of: service({ schedulingStrategy: 'DAEMON', deploymentConfiguration: { minimumHealthyPercent: 100 } }),
      want: undefined,
    },
    'nothing where none is wanted': { of: sized(4, 100, 'none'), want: undefined },
  };
  for (const [sentence, { of, want }] of Object.entries(cases)) {
    it(`is ${sentence}`, () => {
      assert.equal(minAvailableOf(of), want);
    });
  }

  const counts = fc.nat({ max: 5000 });
  const percent = fc.nat({ max: 100 });

  it('leaves a task to be evicted, unless it is to be strict, and never keeps more than the minimum', () => {
    fc.assert(
      fc.property(counts, percent, (desiredCount, minimum) => {
        const kept = minAvailableOf(sized(desiredCount, minimum)) ?? 0;
        assert.ok(kept === 0 || (kept > 0 && kept < desiredCount));
        assert.ok(kept * 100 < desiredCount * minimum + 100);
      }),
    );
  });

  it('strictly is the least number that is no less than the minimum', () => {
    fc.assert(
      fc.property(counts, percent, (desiredCount, minimum) => {
        const kept = minAvailableOf(sized(desiredCount, minimum, 'strict')) ?? 0;
        assert.ok(kept * 100 >= desiredCount * minimum && (kept - 1) * 100 < desiredCount * minimum);
      }),
    );
  });
});

describe('planBudget', () => {
  const own = budgetOf(sized(4));
  const { name } = own.metadata;
  const withSpec = (spec: Partial<DisruptionBudget['spec']>): DisruptionBudget => ({
    ...own,
    spec: { ...own.spec, ...spec },
  });
  const web = { [labels.service]: 'web', app: 'web' };
  const cases: Record<string, { readonly world: Partial<BudgetWorld>; readonly want: readonly string[] }> = {
    'makes the budget of a service': { world: {}, want: ['create 3'] },
    'makes none for one task': { world: { service: sized(1) }, want: [] },
    'leaves one alone that is as it should be': { world: { own }, want: [] },
    'follows the number of tasks': { world: { own, service: sized(6) }, want: [`change ${name} to 5`] },
    'follows the minimum': { world: { own, service: sized(4, 50) }, want: [`change ${name} to 2`] },
    'follows what is wished for': { world: { own, service: sized(4, 100, 'strict') }, want: [`change ${name} to 4`] },
    'removes it when one task is left': { world: { own, service: sized(1) }, want: [`remove ${name}`] },
    'removes it when none is wanted': { world: { own, service: sized(4, 100, 'none') }, want: [`remove ${name}`] },
    'mends its number': { world: { own: withSpec({ minAvailable: 4 }) }, want: [`change ${name} to 3`] },
    'mends its other bound': { world: { own: withSpec({ maxUnavailable: 0 }) }, want: [`change ${name} to 3`] },
    'mends its selector': {
      world: { own: withSpec({ selector: { matchLabels: { ...web } } }) },
      want: [`change ${name} to 3`],
    },
    'mends its policy': {
      world: { own: withSpec({ unhealthyPodEvictionPolicy: 'IfHealthyBudget' }) },
      want: [`change ${name} to 3`],
    },
    'waits until one that is being deleted is gone': {
      world: { own: { ...own, metadata: { ...own.metadata, deletionTimestamp: iso() } }, service: sized(6) },
      want: [],
    },
    'makes none where another one selects a task': { world: { others: [othersBudget()], tasks: [web] }, want: [] },
    'removes its own where another one selects a task': {
      world: { own, others: [othersBudget()], tasks: [{ ...web, app: 'old' }, web] },
      want: [`remove ${name}`],
    },
    'makes one where another one selects none of its tasks': {
      world: { others: [othersBudget()], tasks: [{ ...web, app: 'old' }] },
      want: ['create 3'],
    },
    'touches nothing under its name that is not its own': {
      world: { others: [othersBudget({}, { name })] },
      want: [],
    },
  };
  for (const [sentence, { world, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(stepsOf(world), want);
    });
  }

  it('selects the tasks of all deployments, and lets those that are not Ready go', () => {
    assert.deepEqual(own.spec, {
      minAvailable: 3,
      selector: { matchLabels: { [labels.service]: 'web' } },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
  });

  it('has a name of its own for a service made anew, which tells the service', () => {
    const anew = service({}, { metadata: { uid: 'another' } });
    assert.notEqual(budgetNameOf(anew), budgetNameOf(service()));
    assert.match(budgetNameOf(anew), /^web-[0-9a-f]{12}$/);
  });
});
