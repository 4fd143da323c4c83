import { z } from 'zod';
import { integer, list, text, withRules, type Rule } from './fields.ts';

/** Members and limits: ECS API reference, PlacementConstraint, PlacementStrategy and CapacityProviderStrategyItem. */

const expression = text(
  2000,
  'What memberOf asks of a node, in the cluster query language, such as attribute:ecs.instance-type =~ m6i.*',
);

const isMemberOf = "self.type == 'memberOf'";

const expressionRule: Rule = {
  rule: `has(self.expression) == (${isMemberOf})`,
  message: 'memberOf needs an expression, and distinctInstance has none',
  messageExpression: `${isMemberOf} ? 'memberOf needs an expression, such as attribute:ecs.instance-type =~ m6i.*' : 'distinctInstance has no expression'`,
  fieldPath: '.expression',
};

/** Of a task definition. */
export const definitionConstraints = list(
  z.object({
    type: z.enum(['memberOf']).describe('memberOf, the one that a task definition can have.'),
    expression,
  }),
  10,
  'What a node must be when a task is placed on it; tasks that run are not moved.',
);

/** Of a service or of a standalone task. */
export const placementConstraints = list(
  withRules(
    z.object({
      type: z
        .enum(['distinctInstance', 'memberOf'])
        .describe('distinctInstance: each task on a node of its own; memberOf: on nodes that match the expression.'),
      expression: expression.optional(),
    }),
    expressionRule,
  ),
  10,
  'What a node must be when a task is placed on it; tasks that run are not moved.',
);

const fields = "self.?field.orValue('')";

/** ECS takes `attribute:` names, `instanceId` and `host` for spread; `cpu` and `memory`, in any case, for binpack. */
const fieldRules: readonly Rule[] = [
  {
    rule: `self.type != 'spread' || ${fields}.startsWith('attribute:') || ${fields} in ['instanceId', 'host']`,
    message: 'the field of spread must be attribute:NAME, instanceId or host',
    messageExpression: `"the field of spread must be attribute:NAME, instanceId or host, not '%s'".format([${fields}])`,
    fieldPath: '.field',
  },
  {
    // The API server cannot price lowerAscii of what orValue gives.
    rule: "self.type != 'binpack' || (has(self.field) && self.field.lowerAscii() in ['cpu', 'memory'])",
    message: 'the field of binpack must be cpu or memory',
    messageExpression: `"the field of binpack must be cpu or memory, not '%s'".format([${fields}])`,
    fieldPath: '.field',
  },
  {
    rule: `self.type != 'random' || ${fields} == ''`,
    message: 'random has no field',
    messageExpression: `"random has no field, and '%s' is one".format([${fields}])`,
    fieldPath: '.field',
  },
];

export const placementStrategy = list(
  withRules(
    z.object({
      type: z
        .enum(['random', 'spread', 'binpack'])
        .describe(
          'spread: over the values of the field evenly; binpack: where the least of the field is left; random.',
        ),
      field: z
        .string()
        .max(255)
        .describe('spread: attribute:NAME, instanceId or host; binpack: cpu or memory.')
        .optional(),
    }),
    ...fieldRules,
  ),
  5,
  'Which nodes are preferred: the first entry decides, the next ones between what is equal by it; over zones, then over nodes, when left out.',
);

const bases = 'self.filter(item, item.base > 0)';
const names = 'self.map(item, item.capacityProvider)';

/** What ECS refuses of a strategy whatever its providers are. */
const strategyRules: readonly Rule[] = [
  {
    rule: `size(${bases}) <= 1`,
    message: 'only one capacity provider can have a base',
    messageExpression: `"only one capacity provider can have a base, and %s have one".format([${bases}.map(item, item.capacityProvider)])`,
  },
  {
    rule: 'size(self) < 2 || self.exists(item, item.weight > 0)',
    message: 'of several capacity providers one must have a weight above 0, and weight is 0 where it is left out',
  },
  {
    rule: `${names}.all(name, self.filter(item, item.capacityProvider == name).size() == 1)`,
    message: 'a capacity provider can be in a strategy once',
    messageExpression: `"capacity provider '%s' is in the strategy more than once".format([${names}.filter(name, self.filter(item, item.capacityProvider == name).size() > 1)[0]])`,
  },
];

/** The name of an ECSCapacityProvider, or what ECS would call it. */
export function providerName(description: string): z.ZodString {
  return text(255, description).regex(/^[A-Za-z0-9_.-]+$/);
}

export const capacityProviderStrategy = withRules(
  list(
    z.object({
      capacityProvider: providerName('An ECSCapacityProvider, by its name or its providerName; or FARGATE.'),
      weight: integer(0, 1000, 'Its share of the tasks beyond the base, in relation to the other weights.').default(0),
      base: integer(0, 100_000, 'How many tasks it gets before the weights count; one provider may have one.').default(
        0,
      ),
    }),
    20,
    'The capacity providers that the tasks run on, and in which shares.',
  ),
  ...strategyRules,
);

export const launchType = z
  .enum(['EC2', 'FARGATE'])
  .describe(
    "Nodes that people size (EC2), or none at all (FARGATE). Blank: the cluster's default strategy, and EC2 without one.",
  );

/** For the spec of a service or a task: ECS takes one or the other. */
export const launchRule: Rule = {
  rule: '!has(self.launchType) || !has(self.capacityProviderStrategy) || size(self.capacityProviderStrategy) == 0',
  message: 'launchType and capacityProviderStrategy cannot both be set: leave one of them out',
  fieldPath: '.launchType',
};

/** Who places tasks. */
export const placement = z
  .enum(['kube-scheduler', 'operator'])
  .describe(
    'Who chooses the node of a task: the kube-scheduler, told of strategy and constraints as far as a pod can say them, or the operator, exactly as ECS does, among nodes that no autoscaler makes. Blank: as the cluster says, or else the kube-scheduler.',
  );

export type DefinitionConstraint = z.output<typeof definitionConstraints>[number];
export type PlacementConstraint = z.output<typeof placementConstraints>[number];
export type PlacementStrategy = z.output<typeof placementStrategy>[number];
export type CapacityProviderStrategyItem = z.output<typeof capacityProviderStrategy>[number];
export type LaunchType = 'EC2' | 'FARGATE';
export type PlacementMode = z.output<typeof placement>;
