import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { serviceKind } from '../../../src/api/service.ts';
import type { EndedDeployment } from '../../../src/api/service-status.ts';
import type { DeploymentOutcome, DeploymentRecord } from '../../../src/core/service/deployment.ts';
import { deploymentHistory } from '../../../src/core/service/deployment-history.ts';
import { deploymentRecord, iso } from '../../support/builders.ts';
import { look, serviceWorld } from '../../support/world.ts';

function record(sequence: number, outcome?: Partial<DeploymentOutcome>, digits = String(sequence)): DeploymentRecord {
  const at = iso(sequence * 10);
  return deploymentRecord({
    sequence,
    digits,
    createdAt: iso(sequence),
    ...(outcome && { outcome: { state: 'FAILED', at, sequence, ...outcome } }),
  });
}

const completed = { state: 'COMPLETED' } as const;
const failed = { endedBy: 'circuitBreaker', reason: 'tasks failed to start', rolledBackTo: '1' } as const;

describe('the history of deployments', () => {
  /** The state machine of a service deployment, as far as records tell it: state by state, how it is shown. */
  const states: Record<
    string,
    { readonly records: readonly DeploymentRecord[]; readonly want: readonly (readonly [string, string?])[] }
  > = {
    'IN_PROGRESS: not yet': { records: [record(1)], want: [] },
    'IN_PROGRESS → SUCCESSFUL': { records: [record(1, completed)], want: [['SUCCESSFUL', iso(10)]] },
    'IN_PROGRESS → STOPPED, by a newer one': {
      records: [record(1, { state: 'STOPPED' }), record(2)],
      want: [['STOPPED', iso(10)]],
    },
    'IN_PROGRESS → STOP_REQUESTED → STOPPED, by a command': {
      records: [record(1, { state: 'STOPPED', endedBy: 'command' })],
      want: [['STOPPED', iso(10)]],
    },
    'IN_PROGRESS → STOPPED, failed without a rollback': {
      records: [record(1, { endedBy: 'circuitBreaker' })],
      want: [['STOPPED', iso(10)]],
    },
    'IN_PROGRESS → ROLLBACK_IN_PROGRESS, not begun yet': {
      records: [record(1, completed), record(2, failed)],
      want: [['ROLLBACK_IN_PROGRESS', iso(20)], ['SUCCESSFUL']],
    },
    'ROLLBACK_REQUESTED → ROLLBACK_IN_PROGRESS, by a command': {
      records: [
        record(2, { ...failed, state: 'STOPPED', endedBy: 'command' }),
        record(3, { ...completed, sequence: 1 }, '1'),
      ],
      want: [['ROLLBACK_IN_PROGRESS', iso(20)]],
    },
    ROLLBACK_IN_PROGRESS: {
      records: [record(2, failed), record(3, { ...completed, sequence: 1 }, '1')],
      want: [['ROLLBACK_IN_PROGRESS', iso(20)]],
    },
    'ROLLBACK_IN_PROGRESS → ROLLBACK_SUCCESSFUL': {
      records: [record(2, failed), record(3, completed, '1')],
      want: [
        ['SUCCESSFUL', iso(30)],
        ['ROLLBACK_SUCCESSFUL', iso(30)],
      ],
    },
    'ROLLBACK_SUCCESSFUL: still, when the other one is deployed again': {
      records: [record(2, failed), record(5, { state: 'STOPPED', completed: 3 }, '1')],
      want: [['STOPPED'], ['ROLLBACK_SUCCESSFUL', iso(20)]],
    },
    'ROLLBACK_IN_PROGRESS → ROLLBACK_FAILED, a newer one has come': {
      records: [record(2, failed), record(3, { state: 'STOPPED', completed: 1 }, '1'), record(4)],
      want: [['STOPPED'], ['ROLLBACK_FAILED', iso(30)]],
    },
    'ROLLBACK_IN_PROGRESS → ROLLBACK_FAILED, and that is not written down yet': {
      records: [record(2, failed), record(3, { ...completed, sequence: 1 }, '1'), record(4)],
      want: [['ROLLBACK_FAILED', iso(20)]],
    },
    'ROLLBACK_REQUESTED → ROLLBACK_FAILED, something else was asked for before it began': {
      records: [record(1, completed), record(2, failed), record(3)],
      want: [['ROLLBACK_FAILED', iso(20)], ['SUCCESSFUL']],
    },
  };
  for (const [sentence, { records, want }] of Object.entries(states)) {
    it(sentence, () => {
      const told = deploymentHistory(serviceWorld({ deployments: records }));
      assert.deepEqual(
        told.map(({ status, finishedAt }, index) => (want[index]?.[1] === undefined ? [status] : [status, finishedAt])),
        want,
      );
    });
  }

  it('tells who, what, when, and how it ended', () => {
    const origin = { cause: 'NEW_REVISION', changeCause: 'release 7' } as const;
    const [entry] = deploymentHistory(serviceWorld({ deployments: [{ ...record(2, failed), origin }] }));
    const want: EndedDeployment = {
      id: 'ecs-svc/2',
      taskDefinition: 'web:1',
      status: 'ROLLBACK_IN_PROGRESS',
      createdAt: iso(2),
      finishedAt: iso(20),
      reason: 'tasks failed to start',
      rolledBackTo: 'ecs-svc/1',
      ...origin,
    };
    assert.deepEqual(entry, want);
  });

  it('keeps the last ten, within 9 KiB, however much there is to say', () => {
    const long = 'x'.repeat(256);
    const many = Array.from({ length: 15 }, (_, index) => ({
      ...record(index + 1, { ...failed, reason: long }),
      origin: { cause: 'SPEC_CHANGED', changeCause: long } as const,
    }));
    const { status } = look(serviceWorld({ deployments: many }));
    const { deploymentHistory: history = [] } = status;
    assert.deepEqual([history.length, history[0]?.id], [10, 'ecs-svc/15']);
    assert.deepEqual(serviceKind.status.parse(status), status);
    assert(JSON.stringify(history).length < 9 * 1024, String(JSON.stringify(history).length));
  });

  it('comes back when the status is lost, and goes when the records do', () => {
    const deployments = [record(1, completed)];
    const kept = look(serviceWorld({ deployments })).status;
    assert.equal(kept.deploymentHistory?.length, 1);
    assert.equal(look(serviceWorld()).status.deploymentHistory, undefined);
  });
});
