import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { DisruptionBudget, KubeObject, ObjectMeta } from '../../src/api/meta.ts';
import { disruptionBudgetController } from '../../src/controllers/disruption-budget.ts';
import { ownedBy } from '../../src/controllers/resources.ts';
import { budgetOf, othersBudget } from '../support/budgets.ts';
import { pod as builtPod, service } from '../support/builders.ts';
import { startController, type ControllerBench } from '../support/controller.ts';

const path = '/apis/policy/v1/namespaces/shop/poddisruptionbudgets';
const four = service({ desiredCount: 4 });
const own = budgetOf(four);
const owner = ownedBy(four);
const everything = othersBudget({ maxUnavailable: 1, selector: {} });

let bench: ControllerBench;

beforeEach(async () => {
  bench = await startController(disruptionBudgetController);
});

afterEach(async () => {
  await bench.stop();
});

/** A task's pod of the service, unless it has another owner. */
function pod(metadata: Partial<ObjectMeta> = {}, status = { phase: 'Running' }): KubeObject {
  return builtPod({ metadata: { ownerReferences: [owner], ...metadata }, status });
}

/** What is asked for, of those objects. */
async function requests(...objects: readonly KubeObject[]): Promise<readonly string[]> {
  bench.hold(...objects);
  await bench.reconcile();
  return bench.writes().map(([request]) => request);
}

describe('disruptionBudgetController', () => {
  it('makes the budget of a service, which goes with the service', async () => {
    bench.hold(four);
    await bench.reconcile();
    const [[request, body] = []] = bench.writes();
    assert.equal(request, `POST ${path}`);
    assert.deepEqual((body as DisruptionBudget).metadata.ownerReferences, [owner]);
    assert.deepEqual((body as DisruptionBudget).spec, own.spec);
  });

  it('changes its own as it knows it, and takes away the bound that cannot stand beside it', async () => {
    bench.hold(service({ desiredCount: 6 }), own);
    await bench.reconcile();
    const body = { metadata: { resourceVersion: '7' }, spec: { maxUnavailable: null, ...own.spec, minAvailable: 5 } };
    assert.deepEqual(bench.writes(), [[`PATCH ${path}/${own.metadata.name}`, body]]);
  });

  it('removes that very budget', async () => {
    bench.hold(service({ desiredCount: 1 }), own);
    await bench.reconcile();
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: own.metadata.uid } };
    assert.deepEqual(bench.writes(), [[`DELETE ${path}/${own.metadata.name}`, body]]);
  });

  it('asks for nothing when all is as it should be, and writes no status', async () => {
    assert.deepEqual([await requests(four, own, pod()), bench.status()], [[], {}]);
  });

  it('gives way to what selects a task of the service', async () => {
    assert.deepEqual(await requests(four, own, pod(), everything), [`DELETE ${path}/${own.metadata.name}`]);
  });

  it('touches nothing that has lost its owner, though it has the name', async () => {
    const { ownerReferences: _, ...metadata } = own.metadata;
    assert.deepEqual(await requests(four, { ...own, metadata, spec: { minAvailable: 1 } } as DisruptionBudget), []);
  });

  const others: Record<string, readonly KubeObject[]> = {
    'what is in another namespace': [
      pod(),
      othersBudget(everything.spec, { namespace: 'elsewhere', name: own.metadata.name }),
    ],
    'what selects but a task that has ended': [pod({}, { phase: 'Failed' }), everything],
    'what selects but a task of an earlier service of that name': [
      pod({ ownerReferences: [{ ...owner, uid: 'uid-of-an-earlier-web' }] }),
      everything,
    ],
    'the budget of another service': [
      pod(),
      othersBudget(everything.spec, { ownerReferences: [{ ...owner, uid: 'other' }] }),
    ],
  };
  for (const [sentence, objects] of Object.entries(others)) {
    it(`does not give way to ${sentence}`, async () => {
      assert.deepEqual(await requests(four, own, ...objects), []);
    });
  }

  describe('plans again', () => {
    beforeEach(() => {
      const another = service({}, { metadata: { name: 'api' } });
      bench.hold(four, another, service({}, { metadata: { namespace: 'elsewhere' } }));
    });

    it('the service of its budget', () => {
      assert.deepEqual(bench.keysOf(own), ['shop/web']);
    });

    it("all services of a namespace, for somebody else's budget may select their tasks", () => {
      assert.deepEqual(bench.keysOf(everything), ['shop/api', 'shop/web']);
    });

    it('all of them for one that only looks like ours', () => {
      const { ownerReferences: _, ...metadata } = own.metadata;
      assert.deepEqual(bench.keysOf({ ...own, metadata }), ['shop/api', 'shop/web']);
    });

    const changed: Record<string, { readonly after: Partial<ObjectMeta>; readonly want: boolean }> = {
      'not when the number of pods is counted anew': { after: { resourceVersion: '8' }, want: false },
      'when its spec changes': { after: { generation: 2 }, want: true },
      'when it is being deleted': { after: { deletionTimestamp: '2026-01-01T12:00:00Z' }, want: true },
      'when it is another one under that name': { after: { uid: 'another' }, want: true },
    };
    for (const [sentence, { after, want }] of Object.entries(changed)) {
      it(sentence, () => {
        const [{ isNews } = {}] = disruptionBudgetController.watches;
        assert.equal(isNews?.(own, { ...own, metadata: { ...own.metadata, ...after } }), want);
      });
    }
  });
});
