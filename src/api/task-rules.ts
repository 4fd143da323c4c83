import type { Rule } from './fields.ts';

/** What CEL checks of the spec of a task as a whole. */

/** Members that say what is run: ECS knows no change of them, and neither do we. */
const immutable = [
  'taskDefinition',
  'cluster',
  'count',
  'launchType',
  'capacityProviderStrategy',
  'placementConstraints',
  'placementStrategy',
  'overrides',
  'group',
  'startedBy',
  'tags',
  'volumeConfigurations',
  'propagateTags',
  'enableECSManagedTags',
  'platformVersion',
  'networkConfiguration',
  'kubernetes',
] as const;

export const immutability = immutable.map((name): Rule => ({
  rule: `has(self.${name}) == has(oldSelf.${name}) && (!has(self.${name}) || self.${name} == oldSelf.${name})`,
  message: `${name} cannot be changed: a task is run once, as it was applied; apply another ECSTask`,
  fieldPath: `.${name}`,
}));

const isRecord = 'has(self.kubernetes) && has(self.kubernetes.record)';

/** ECS gives these to the tasks of services and to those without a group; of services' tasks only records are ECSTasks. */
const reserved: readonly Rule[] = [
  {
    rule: `!has(self.group) || size(self.group) <= 255 || (${isRecord})`,
    message: 'group may have at most 255 characters',
    fieldPath: '.group',
  },
  {
    rule: `!has(self.group) || !self.group.startsWith('family:') && (!self.group.startsWith('service:') || (${isRecord}))`,
    message: 'the prefixes service: and family: are reserved',
    messageExpression: `"group '%s' cannot begin with service: or family:, which are reserved".format([self.group])`,
    fieldPath: '.group',
  },
  {
    rule: `!has(self.startedBy) || !self.startedBy.startsWith('ecs-svc/') || (${isRecord})`,
    message: 'the prefix ecs-svc/ is reserved',
    messageExpression: `"startedBy '%s' cannot begin with ecs-svc/, which is reserved for tasks of services".format([self.startedBy])`,
    fieldPath: '.startedBy',
  },
];

/** Whoever does not know of records, an older operator for one, takes a task that is told to stop and never starts it. */
const recordStays: Rule = {
  rule: `!(${isRecord}) || has(self.stop)`,
  message: 'a record needs stop: what it records has stopped',
  fieldPath: '.stop',
};

/** Of records, and of what only they may have. */
export const recordRules: readonly Rule[] = [...reserved, recordStays];
