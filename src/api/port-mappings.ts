import { z } from 'zod';
import { integer, list, text, withRules } from './fields.ts';

/** Members and limits: ECS API reference, PortMapping. */

const isRange = "self.?containerPortRange.orValue('') != ''";

const containerPortRange = withRules(z.string().max(11).describe('First and last port, as 8000-8010.'), {
  rule: "self == '' || self.matches('^[1-9][0-9]{0,4}-[1-9][0-9]{0,4}$') && int(self.split('-')[0]) <= int(self.split('-')[1]) && int(self.split('-')[1]) <= 65535",
  message: 'must be FIRST-LAST, of ports from 1 to 65535',
  messageExpression: `"'%s' must be FIRST-LAST, of ports from 1 to 65535".format([self])`,
});

const portMapping = withRules(
  z.object({
    containerPort: integer(1, 65535, 'Port the container listens on.').optional(),
    containerPortRange: containerPortRange.optional(),
    hostPort: integer(
      0,
      65535,
      'Port of the node in network mode bridge; else blank, 0 or the containerPort.',
    ).optional(),
    protocol: z.enum(['tcp', 'udp']).describe('Transport protocol.').default('tcp'),
    name: text(64, 'Name of the mapping, unique in the task.')
      .regex(/^[a-z0-9_][a-z0-9_-]*$/)
      .optional(),
    appProtocol: z
      .enum(['http', 'http2', 'grpc'])
      .describe('What is spoken on the port, for Service Connect.')
      .optional(),
  }),
  {
    rule: `has(self.containerPort) != (${isRange})`,
    message: 'a mapping has either a containerPort or a containerPortRange',
    fieldPath: '.containerPort',
  },
  {
    rule: `!(${isRange}) || self.?hostPort.orValue(0) == 0`,
    message: 'hostPort must be left out, or 0, with a containerPortRange',
    fieldPath: '.hostPort',
  },
);

const hasName = 'has(other.name) && other.name == one.name';
const isSame = 'has(other.containerPort) && other.containerPort == one.containerPort && other.protocol == one.protocol';

/** A list without keys: a mapping has one of two. */
export const portMappings = withRules(
  list(portMapping, 100, 'Ports the container listens on.'),
  {
    rule: `self.all(one, !has(one.containerPort) || self.exists_one(other, ${isSame}))`,
    message: 'a containerPort can be mapped only once for each protocol',
    messageExpression: `"containerPort %d is mapped more than once for protocol %s".format([self.filter(one, has(one.containerPort) && !self.exists_one(other, ${isSame}))[0].containerPort, self.filter(one, has(one.containerPort) && !self.exists_one(other, ${isSame}))[0].protocol])`,
  },
  {
    rule: `self.all(one, !has(one.name) || self.exists_one(other, ${hasName}))`,
    message: 'the name of a mapping must be unique',
    messageExpression: `"name '%s' is that of more than one mapping".format([self.filter(one, has(one.name) && !self.exists_one(other, ${hasName}))[0].name])`,
  },
);
