import { z } from 'zod';
import { conditions, observedGeneration } from './conditions.ts';
import { integer, list, namedList, text } from './fields.ts';

/** What DescribeServices shows of a service (ECS API reference, Service and Deployment), and what we add. */

/** A DAEMON has as many as there are nodes. */
const mostTasks = 100_000;

const time = (description: string): z.ZodString =>
  z.string().max(64).meta({ format: 'date-time' }).describe(description);

const usedStrategy = list(
  z.object({
    capacityProvider: text(255, 'A capacity provider, by the name ECS shows.'),
    weight: integer(0, 1000, 'Its share of the tasks beyond the base.'),
    base: integer(0, 100_000, 'How many tasks it gets first.'),
  }),
  20,
  'The capacity providers that tasks are started on; absent when they are started by their launch type.',
);

const streak = z.object({
  rounds: integer(1, 2 ** 31 - 1, 'How many times in a row.'),
  tasks: integer(1, 2 ** 31 - 1, 'How many tasks since the last time.'),
  upTo: integer(0, 2 ** 53 - 1, 'The highest launch number used when the last time was noticed.'),
  since: time('When that was noticed.'),
});

const failures = z.object({
  over: text(1024, 'Launch numbers of its tasks of which nothing more is to be counted, as ranges: 1-3,7.').optional(),
  healthy: text(1024, 'The same of those that have become healthy, or are over.').optional(),
  last: text(255, 'What was wrong with the last task that failed.').optional(),
  notStarting: streak.describe('Tasks that ended before they were RUNNING: the next ones wait for a while.').optional(),
  dyingYoung: streak.describe('Tasks that did not run for long: the next ones wait for a while.').optional(),
});

const deploymentCircuitBreaker = z.object({
  status: z
    .enum(['MONITORING', 'TRIGGERED', 'MONITORING_COMPLETE', 'DISABLED'])
    .describe('Whether failures are counted, were too many, are not counted any more, or do not matter.'),
  failureCount: integer(0, 2 ** 31 - 1, 'How many tasks have failed.'),
  threshold: integer(0, 2 ** 31 - 1, 'How many may not.'),
});
const watchedAlarms = z
  .object({
    status: z
      .enum(['MONITORING', 'TRIGGERED', 'MONITORING_COMPLETE'])
      .describe('TRIGGERED: one of them has fired, and was not ignored.'),
    alarmNames: list(text(255, 'An alarm.'), 10, 'Those that have been looked at since it began.'),
    triggeredAlarmNames: list(text(255, 'An alarm.'), 10, 'Of those, the ones that have fired since.').optional(),
    ignoredAlarmNames: list(
      text(255, 'An alarm.'),
      10,
      'Of those, the ones that fired when they were looked at first: they count no more for it.',
    ).optional(),
  })
  .describe('What its alarms have said; absent while none are enabled.');

const deployment = z.object({
  id: text(64, 'ecs-svc/ and digits.'),
  status: z.enum(['PRIMARY', 'ACTIVE']).describe('PRIMARY is the newest; ACTIVE ones are being drained.'),
  taskDefinition: text(512, 'family:revision that it deploys.'),
  desiredCount: integer(0, mostTasks, 'Tasks it should have.'),
  launchType: z.enum(['EC2', 'FARGATE']).describe('How its tasks are started, unless by a strategy.').optional(),
  capacityProviderStrategy: usedStrategy.optional(),
  pendingCount: integer(0, mostTasks, 'Its tasks on their way to RUNNING.'),
  runningCount: integer(0, mostTasks, 'Its tasks whose lastStatus is RUNNING.'),
  launched: integer(0, 2 ** 53 - 1, 'Highest launch number used: task ids are made from it.'),
  unsettled: list(
    integer(1, 2 ** 53 - 1, 'A launch number.'),
    100,
    'Lower ones whose task was not seen yet and may still come: they are used next.',
  ).optional(),
  open: text(
    1024,
    'Launch numbers of its tasks that have not ended, or are not recorded yet, as ranges: 1-3,7.',
  ).optional(),
  createdAt: time('When it began.'),
  updatedAt: time('When its rollout state last changed.'),
  failedTasks: integer(
    0,
    2 ** 31 - 1,
    'Tasks that did not start, or did not become or stay healthy, since one has become healthy; absent for none.',
  ).optional(),
  deploymentCircuitBreaker: deploymentCircuitBreaker
    .describe('The circuit breaker, where the service has one.')
    .optional(),
  failures: failures.describe('What its failures are counted from.').optional(),
  alarms: watchedAlarms.optional(),
  bakeStartedAt: time('When its bake time began: its tasks were healthy, and no older task was left.').optional(),
  rolloutState: z.enum(['IN_PROGRESS', 'COMPLETED', 'FAILED']).describe('How far it is.'),
  rolloutStateReason: text(1024, "How far it is, in ECS's words."),
});

const endedDeployment = z.object({
  id: text(64, 'ecs-svc/ and digits.'),
  taskDefinition: text(512, 'family:revision that it deployed.'),
  status: z
    .enum(['SUCCESSFUL', 'STOPPED', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED'])
    .describe('How it ended, as a service deployment of ECS does.'),
  createdAt: time('When it was made.'),
  finishedAt: time('When it ended; of one that was rolled back, when the other ran again.'),
  reason: text(256, "Why it ended, in ECS's words, unless it was completed.").optional(),
  rolledBackTo: text(64, 'The deployment that took its place.').optional(),
  cause: z
    .enum(['SERVICE_CREATED', 'NEW_REVISION', 'SPEC_CHANGED', 'FORCED', 'ROLLBACK'])
    .describe('What began it.')
    .optional(),
  changeCause: text(256, 'kubernetes.io/change-cause of the service when it began.').optional(),
});

const outage = z.object({
  name: text(255, 'The capacity provider.'),
  outSince: time('When it was found to have no room.'),
  changedAt: time('When it was found so the last time, or when the present try began.'),
  tryTasks: integer(1, 2 ** 31, 'How many tasks are tried on it at once; absent while none is.').optional(),
  tryGoal: integer(0, 2 ** 31, 'How many tasks it has to hold for the try to have gone well.').optional(),
});

const event = z.object({
  id: text(64, 'Unique id.'),
  createdAt: time('When it happened.'),
  message: text(1024, "What happened, in ECS's words."),
});

const unplaced = z.object({
  reason: text(64, "In ECS's words, of the nearest miss: RESOURCE:CPU, RESOURCE:MEMORY, MemberOf and the like."),
  count: integer(0, mostTasks, 'How many tasks.'),
  message: text(1024, 'How many nodes fail for what, and the nearest miss.'),
});

export const status = z.object({
  observedGeneration: observedGeneration.optional(),
  status: z.enum(['ACTIVE']).describe("The service's state, in ECS's words.").optional(),
  desiredCount: integer(0, mostTasks, 'How many tasks there should be.').optional(),
  runningCount: integer(0, mostTasks, 'Tasks whose lastStatus is RUNNING.').optional(),
  pendingCount: integer(0, mostTasks, 'Tasks on their way to RUNNING.').optional(),
  drainingCount: integer(
    1,
    mostTasks,
    'Of those, the ones that have to leave their nodes; absent for none.',
  ).optional(),
  lostCount: integer(1, mostTasks, 'Tasks on lost nodes, which count nowhere else; absent for none.').optional(),
  unplaced: list(unplaced, 10, 'Tasks that no node takes, by the reason why.').optional(),
  taskDefinition: text(512, 'family:revision of the newest deployment.').optional(),
  capacityProviderStrategy: usedStrategy.optional(),
  capacityProviders: namedList(
    outage,
    { max: 40, keys: ['name'] },
    'Capacity providers without room, for which others stand in.',
  ).optional(),
  selector: text(1024, 'Label selector of the tasks, for the scale subresource.').optional(),
  deployments: list(deployment, 10, 'The newest deployment first, then those being drained.').optional(),
  deploymentHistory: list(endedDeployment, 10, 'How the last deployments ended, newest first.').optional(),
  events: list(event, 100, 'What happened, newest first.').optional(),
  conditions: conditions.optional(),
});

export type ServiceStatus = z.output<typeof status>;
export type DeploymentStatus = z.output<typeof deployment>;
export type EndedDeployment = z.output<typeof endedDeployment>;
export type ServiceEvent = z.output<typeof event>;
