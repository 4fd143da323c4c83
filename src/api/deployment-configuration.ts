import { z } from 'zod';
import { integer, list, refused, text, withRules } from './fields.ts';

/** Members, limits and defaults: ECS API reference, DeploymentConfiguration. */

const thresholdConfiguration = withRules(
  z.object({
    type: z
      .enum(['BOUNDED_PERCENT', 'UNBOUNDED_PERCENT', 'COUNT'])
      .describe('Of desiredCount in percent, from 3 to 200 tasks; in percent without bounds; or a number of tasks.')
      .default('BOUNDED_PERCENT'),
    value: integer(1, 10_000, 'The percentage, or the number of tasks.').default(50),
  }),
  {
    rule: "self.type == 'COUNT' || self.value <= 100",
    message: 'a percentage is from 1 to 100',
    messageExpression: '"%d is no percentage: it is from 1 to 100, or type is COUNT".format([self.value])',
    fieldPath: '.value',
  },
).describe('How many tasks may fail.');

const deploymentCircuitBreaker = z
  .object({
    enable: z.boolean().describe('Whether a deployment fails whose tasks fail.'),
    rollback: z.boolean().describe('Whether the last deployment that was completed is deployed again then.'),
    resetOnHealthyTask: z
      .boolean()
      .describe('Whether a task that becomes healthy makes the failures before it forgotten.')
      .default(true),
    thresholdConfiguration: thresholdConfiguration.prefault({ type: 'BOUNDED_PERCENT', value: 50 }),
  })
  .describe('What happens when the tasks of a deployment fail.');

const alarms = withRules(
  z.object({
    alarmNames: list(text(255, 'The name of an alarm.'), 10, 'Alerting rules of Prometheus, by their names.'),
    enable: z.boolean().describe('Whether a deployment fails when an alarm fires.'),
    rollback: z.boolean().describe('Whether the last deployment that was completed is deployed again then.'),
  }),
  {
    rule: '!self.enable || size(self.alarmNames) > 0',
    message: 'alarms that are enabled need at least one name in alarmNames',
    fieldPath: '.alarmNames',
  },
).describe('What happens when an alarm fires during a deployment.');

const earlySuccessCriteria = z
  .object({
    enable: z.boolean().describe('Whether a deployment is complete before all its tasks are healthy.').default(false),
    healthyPercent: integer(1, 100, 'How many have to be, in percent of desiredCount, rounded up.').default(100),
    sourceServiceRevisionCleanup: z
      .enum(['BLOCKING', 'DEFERRED'])
      .describe('Whether the older tasks have to be gone first, or go afterwards.')
      .default('BLOCKING'),
  })
  .describe('When a deployment is complete.');

export const deploymentConfiguration = z
  .object({
    minimumHealthyPercent: integer(
      0,
      100,
      'Healthy tasks to keep during a deployment, in percent of desiredCount, rounded up. Blank: 100, of a DAEMON 0.',
    ).optional(),
    maximumPercent: integer(
      100,
      1000,
      'Running and pending tasks to allow during a deployment, in percent of desiredCount, rounded down. Blank: 200, of a DAEMON 100.',
    ).optional(),
    strategy: z.enum(['ROLLING']).describe('How the deployment proceeds.').default('ROLLING'),
    deploymentCircuitBreaker: deploymentCircuitBreaker.optional(),
    alarms: alarms.optional(),
    bakeTimeInMinutes: integer(
      0,
      1440,
      'How long alarms are watched after the last older task is gone, before the deployment is complete.',
    ).optional(),
    earlySuccessCriteria: earlySuccessCriteria.optional(),
    ...refused({
      lifecycleHooks: ['objects', 'only rolling deployments exist'],
      linearConfiguration: ['object', 'only rolling deployments exist'],
      canaryConfiguration: ['object', 'only rolling deployments exist'],
    }),
  })
  .describe('How a deployment proceeds, and when it has failed.')
  .prefault({});
