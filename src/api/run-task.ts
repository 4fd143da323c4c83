import { z } from 'zod';
import { list, refused, text, withRules, type Rule } from './fields.ts';

/** Members of RunTask that say where a task runs and what it is called, as far as a pod can have them. */

const awsvpcConfiguration = z
  .object({
    subnets: list(text(255, 'A subnet.'), 16, "Has no effect: the subnet of a task is that of its node's.").optional(),
    ...refused({
      securityGroups: [
        'strings',
        'a pod has those of its node: let a SecurityGroupPolicy select it, by the labels in kubernetes.podOverlay of its task definition',
      ],
    }),
    assignPublicIp: withRules(z.enum(['ENABLED', 'DISABLED']).describe('DISABLED: a pod has no public address.'), {
      rule: "self == 'DISABLED'",
      message:
        'assignPublicIp must be DISABLED: a pod has no public address, what it asks for goes through the node or a NAT gateway',
    }).optional(),
  })
  .describe('The network of the task.');

export const runTaskSettings = {
  platformVersion: withRules(z.string().max(64).describe('LATEST, and none with launchType EC2.'), {
    rule: "self in ['', 'LATEST']",
    message: 'platformVersion must be LATEST: Fargate on EKS has one platform',
    messageExpression: `"platformVersion '%s' must be LATEST: Fargate on EKS has one platform".format([self])`,
  }).optional(),
  networkConfiguration: z
    .object({ awsvpcConfiguration: awsvpcConfiguration.optional() })
    .describe('The network of the task.')
    .optional(),
  propagateTags: z
    .enum(['TASK_DEFINITION', 'NONE'])
    .describe('Whether the task carries the tags of its task definition; it does not when blank.')
    .optional(),
  enableECSManagedTags: z.boolean().describe('Whether the task carries the tag aws:ecs:clusterName.').optional(),
};

/** For the spec of a task. */
export const runTaskRules: readonly Rule[] = [
  {
    // Where nothing says EC2, the capacity provider may be Fargate.
    rule: "self.?platformVersion.orValue('') == '' || self.?launchType.orValue('') != 'EC2'",
    message: 'The platform version must be null when specifying an EC2 launch type.',
    fieldPath: '.platformVersion',
  },
  {
    rule: "self.?overrides.?taskRoleArn.orValue('') == '' || has(self.kubernetes) && has(self.kubernetes.serviceAccountName)",
    message: 'overrides.taskRoleArn needs kubernetes.serviceAccountName',
    messageExpression: `"overrides.taskRoleArn '%s' needs kubernetes.serviceAccountName: name a ServiceAccount that has the role by IRSA or EKS Pod Identity".format([self.overrides.taskRoleArn])`,
    fieldPath: '.overrides.taskRoleArn',
  },
];
