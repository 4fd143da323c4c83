import type { Rule } from './fields.ts';

/** What ECS refuses of a DAEMON (ECS API reference, CreateService), and what of `kubernetes` means nothing of one. */

const isReplica = "self.schedulingStrategy != 'DAEMON'";

/** A count of 1 is what the API server writes where there is none. */
const countRule: Rule = {
  rule: `${isReplica} || self.desiredCount == 1`,
  message: 'a DAEMON service has one task on each node that matches: leave desiredCount out',
  messageExpression:
    '"desiredCount is %d, but a DAEMON service has one task on each node that matches: leave it out".format([self.desiredCount])',
  fieldPath: '.desiredCount',
};

const launchTypeRule: Rule = {
  rule: `${isReplica} || self.?launchType.orValue('EC2') == 'EC2'`,
  message: 'a DAEMON service has one task on each node, and FARGATE has no nodes: set EC2, or leave launchType out',
  fieldPath: '.launchType',
};

const providersRule: Rule = {
  rule: `${isReplica} || size(self.?capacityProviderStrategy.orValue([])) == 0`,
  message:
    'a DAEMON service takes no capacityProviderStrategy: leave it out, and say by placementConstraints which nodes have a task, such as attribute:eks.amazonaws.com/nodegroup == general',
  fieldPath: '.capacityProviderStrategy',
};

const placementRule: Rule = {
  rule: `${isReplica} || size(self.?placementStrategy.orValue([])) == 0`,
  message: 'a DAEMON service takes no placementStrategy, each node that matches has one task: leave it out',
  fieldPath: '.placementStrategy',
};

const percentRule: Rule = {
  rule: `${isReplica} || self.deploymentConfiguration.?maximumPercent.orValue(100) == 100`,
  message: 'maximumPercent of a DAEMON service is always 100: leave it out',
  messageExpression:
    '"maximumPercent is %d, but that of a DAEMON service is always 100: leave it out".format([self.deploymentConfiguration.?maximumPercent.orValue(100)])',
  fieldPath: '.deploymentConfiguration.maximumPercent',
};

const volumesRule: Rule = {
  rule: `${isReplica} || size(self.?volumeConfigurations.orValue([])) == 0`,
  message: 'a DAEMON service takes no volumeConfigurations: its tasks have no EBS volumes of their own',
  fieldPath: '.volumeConfigurations',
};

const kubernetesRule: Rule = {
  rule: `${isReplica} || !has(self.kubernetes) || (!has(self.kubernetes.capacityProviderFallback) && self.kubernetes.?disruptionBudget.orValue('none') == 'none')`,
  message:
    'a DAEMON service has neither capacityProviderFallback, since it has no capacity providers, nor a disruptionBudget other than none, since a node takes its task along',
  fieldPath: '.kubernetes',
};

export const daemonRules: readonly Rule[] = [
  countRule,
  launchTypeRule,
  providersRule,
  placementRule,
  percentRule,
  volumesRule,
  kubernetesRule,
];
