import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { DeploymentStatus, ServiceStatus } from '../../../src/api/service-status.ts';
import { isServiceStateChange } from '../../../src/core/service/state-change.ts';
import { iso } from '../../support/builders.ts';

function deployment(overrides: Partial<DeploymentStatus> = {}): DeploymentStatus {
  return {
    id: 'ecs-svc/1',
    status: 'PRIMARY',
    taskDefinition: 'web:1',
    desiredCount: 3,
    pendingCount: 1,
    runningCount: 2,
    launched: 3,
    createdAt: iso(),
    updatedAt: iso(),
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: 'In progress.',
    ...overrides,
  };
}

/** Two of three tasks run. */
function status(overrides: ServiceStatus = {}): ServiceStatus {
  const counts = { desiredCount: 3, runningCount: 2, pendingCount: 1 };
  return { ...counts, taskDefinition: 'web:1', deployments: [deployment()], events: [], ...overrides };
}

const running = { runningCount: 3, pendingCount: 0 };
const event = { id: '1', createdAt: iso(), message: '(service web) has stopped 1 running tasks: (task a).' };

interface Case {
  readonly before?: ServiceStatus;
  readonly after: ServiceStatus;
  readonly want: boolean;
}

describe('The state of a service', () => {
  const cases: Record<string, Case> = {
    'changes when all its tasks run': { after: status(running), want: true },
    'changes when as many run as are left to run': {
      before: status({ desiredCount: 0 }),
      after: status({ desiredCount: 0, runningCount: 0 }),
      want: true,
    },
    'changes when it is of another revision': { after: status({ taskDefinition: 'web:2' }), want: true },
    'changes when a deployment begins': {
      after: status({ deployments: [deployment({ id: 'ecs-svc/2' }), deployment({ status: 'ACTIVE' })] }),
      want: true,
    },
    'changes when a deployment is drained': {
      before: status({ deployments: [deployment(), deployment({ id: 'ecs-svc/0', status: 'ACTIVE' })] }),
      after: status(),
      want: true,
    },
    'changes when another deployment takes over': {
      after: status({ deployments: [deployment({ status: 'ACTIVE' })] }),
      want: true,
    },
    'changes when a deployment is complete': {
      after: status({ deployments: [deployment({ rolloutState: 'COMPLETED' })] }),
      want: true,
    },
    'changes with each launch number that is used': {
      after: status({ deployments: [deployment({ launched: 4 })] }),
      want: true,
    },
    'changes when it has deployments for the first time': {
      before: { observedGeneration: 1 },
      after: status(),
      want: true,
    },
    'stays when another task runs, though not the last one': {
      after: status({ runningCount: 1, pendingCount: 2, deployments: [deployment({ runningCount: 1 })] }),
      want: false,
    },
    'stays when one of its tasks is lost': { before: status(running), after: status(), want: false },
    'stays when all its tasks still run': {
      before: status(running),
      after: status({ ...running, pendingCount: 1 }),
      want: false,
    },
    'stays when something is told': { after: status({ events: [event] }), want: false },
  };
  for (const [sentence, { before = status(), after, want }] of Object.entries(cases)) {
    it(sentence, () => assert.equal(isServiceStateChange(before, after), want));
  }
});
