import { z } from 'zod';
import { integer, namedList, text, withRules, type Rule } from './fields.ts';

/** Start order and timeouts: ECS API reference, ContainerDependency and ContainerDefinition. */

const dependency = z.object({
  containerName: text(255, 'The container that is waited for.').regex(/^[A-Za-z0-9_-]+$/),
  condition: z
    .enum(['START', 'COMPLETE', 'SUCCESS', 'HEALTHY'])
    .describe('What it must have done: started, exited, exited with 0, or passed its health check.'),
});

/** Members of a container definition that say when it starts and how long it may take to start and stop. */
export const startAndStop = {
  dependsOn: namedList(
    dependency,
    { max: 10, keys: ['containerName', 'condition'] },
    'What must have happened before this container starts. It becomes init containers and native sidecars; an order that those cannot keep is refused with Stalled=True.',
  ).optional(),
  startTimeout: integer(
    2,
    86_400,
    'Seconds from its start within which this container must be HEALTHY, or those that wait for it give up.',
  ).optional(),
  stopTimeout: withRules(
    integer(
      0,
      86_400,
      'Seconds from SIGTERM to SIGKILL, 30 when unset or 0. A task has one such time, the largest of its containers.',
    ),
    {
      rule: 'self != 1',
      message: 'must be greater than or equal to 2, or 0 for the default of 30 seconds',
      messageExpression: `'stopTimeout %d must be greater than or equal to 2, or 0 for the default of 30 seconds'.format([self])`,
    },
  ).optional(),
} as const;

/** For a container definition. */
export const dependsOnItself: Rule = {
  rule: '!has(self.dependsOn) || self.dependsOn.all(d, d.containerName != self.name)',
  message: 'a container cannot depend on itself',
  messageExpression: `"container '%s' cannot depend on itself".format([self.name])`,
  fieldPath: '.dependsOn',
};

/** For a list of container definitions. Cycles are beyond CEL: `core/task/start-order` finds those. */
export const dependsOnRules: readonly Rule[] = [
  everyDependency('self.exists(t, t.name == d.containerName)', 'there is no container of that name'),
  everyDependency(
    "!(d.condition in ['COMPLETE', 'SUCCESS']) || self.all(t, t.name != d.containerName || !t.essential)",
    'the task ends with an essential container; use START or HEALTHY, or essential: false',
  ),
  everyDependency(
    "d.condition != 'HEALTHY' || self.all(t, t.name != d.containerName || has(t.healthCheck))",
    'HEALTHY needs a healthCheck in the container that is waited for',
  ),
];

/** That `holds`, CEL about a dependency `d`, is true of each; else the first of which it is not, and why. */
function everyDependency(holds: string, why: string): Rule {
  const rule = `self.all(c, !has(c.dependsOn) || c.dependsOn.all(d, ${holds}))`;
  // What comes out of filter or orValue has no bound that the API server knows of, and is too dear.
  const edge = "c.name + ' -> ' + d.containerName + ' (' + d.condition + ')'";
  const broken = `self.map(c, has(c.dependsOn) && !c.dependsOn.all(d, ${holds}), c.dependsOn.map(d, !(${holds}), ${edge})[0])[0]`;
  return {
    rule,
    message: `dependsOn: ${why}`,
    messageExpression: `"dependsOn %s: ${why}".format([${broken}])`,
  };
}
