import { z } from 'zod';
import { withRules, type Rule } from './fields.ts';

/** FireLens: ECS API reference, FirelensConfiguration; Developer Guide, "Send Amazon ECS logs to an AWS service". */

/** ECS generates the configuration of a router, and includes that file in it. Nothing does so here. */
const options = withRules(
  z.record(z.string(), z.string().max(512)).describe('enable-ecs-log-metadata alone.').meta({ maxProperties: 3 }),
  {
    rule: "self.all(key, key == 'enable-ecs-log-metadata')",
    message:
      'options takes enable-ecs-log-metadata alone: no configuration is generated that could include a file; put it into the image and name it in the command of the container',
  },
);

export const firelensConfiguration = z
  .object({
    type: z.enum(['fluentd', 'fluentbit']).describe('What the router is.'),
    options: options.optional(),
  })
  .describe('Makes the container the log router of the task: it starts before those with the log driver awsfirelens.');

const isRouter = 'has(container.firelensConfiguration)';
const isRouted = "has(container.logConfiguration) && container.logConfiguration.logDriver == 'awsfirelens'";

/** Of the list of containers; the second and the third in the words of RegisterTaskDefinition. */
export const firelensRules: readonly Rule[] = [
  {
    rule: `self.filter(container, ${isRouter}).size() <= 1`,
    message: 'only one container of a task can have a firelensConfiguration',
    messageExpression: `'only one container of a task can have a firelensConfiguration, not %s'.format([self.filter(container, ${isRouter}).map(container, container.name)])`,
  },
  {
    rule: `!self.exists(container, ${isRouted}) || self.exists(container, ${isRouter})`,
    message:
      'When awsfirelens log driver is specified in log configuration, a firelens configuration object must be configured in one of the containers.',
  },
  {
    rule: `!self.exists(container, ${isRouter}) || self.exists(container, ${isRouted})`,
    message:
      'When a firelensConfiguration object is specified, at least one container has to be configured with the awsfirelens log driver.',
  },
];
