import { clip } from '../../base/text.ts';
import type { Converted } from './report.ts';
import { convertService } from './service.ts';
import { convertTaskDefinition } from './task-definition.ts';

/** Input that is nothing ECS prints or takes; the message says what was found, where, and what would be right. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

type Members = Readonly<Record<string, unknown>>;

const expected =
  'what describe-task-definition or describe-services prints, or the input of register-task-definition or create-service';

/**
 * Turns what the AWS CLI prints into our resources. What the input is, its members tell, whatever is in them.
 * @throws InputError
 */
export function convert(input: unknown): readonly Converted[] {
  if (!isRecord(input)) throw new InputError(`The input is no JSON object; it must be ${expected}`);
  if (has(input, 'containerDefinitions')) return [taskDefinitionOf(input, '')];
  if (has(input, 'serviceName')) return [serviceOf(input, '')];
  if (has(input, 'taskDefinition')) return [describedTaskDefinitionOf(input)];
  if (has(input, 'services')) return servicesOf(input);
  throw new InputError(`The input has the members ${namesOf(input)}; it must be ${expected}`);
}

/** ECS prints the tags beside the definition. */
function describedTaskDefinitionOf({ taskDefinition, ...beside }: Members): Converted {
  if (!isRecord(taskDefinition)) throw wrong('taskDefinition', taskDefinition, 'the object that ECS prints');
  const { tags, ...unknown } = beside;
  refuseBeside('taskDefinition', unknown, 'tags');
  if (tags === undefined) return taskDefinitionOf(taskDefinition, 'taskDefinition.');
  if (has(taskDefinition, 'tags')) {
    throw new InputError('tags and taskDefinition.tags are both given; ECS prints tags alone: take out one of the two');
  }
  return taskDefinitionOf({ ...taskDefinition, tags }, 'taskDefinition.');
}

function servicesOf({ services, failures, ...unknown }: Members): readonly Converted[] {
  refuseBeside('services', unknown, 'failures');
  if (!Array.isArray(services)) throw wrong('services', services, 'the list that ECS prints');
  const nothingFailed = failures === undefined || failures === null || isEmptyList(failures);
  if (!nothingFailed) throw new InputError(`ECS did not find everything: ${JSON.stringify(failures)}`);
  if (services.length === 0) throw new InputError(`services is empty; the input must be ${expected}`);
  return services.map((service: unknown, index) => {
    const path = `services[${String(index)}]`;
    if (!isRecord(service)) throw wrong(path, service, 'a service as ECS prints it');
    return serviceOf(service, `${path}.`);
  });
}

function taskDefinitionOf(input: Members, at: string): Converted {
  requireText(input, `${at}family`, 'the name of the family, such as "web"');
  return convertTaskDefinition(input);
}

function serviceOf(input: Members, at: string): Converted {
  requireText(input, `${at}serviceName`, 'the name of the service, such as "web"');
  requireText(input, `${at}taskDefinition`, 'a family, family:revision such as "web:7", or an ARN');
  for (const member of ['cluster', 'clusterArn']) {
    if ((input[member] ?? undefined) !== undefined) requireText(input, at + member, 'the name or the ARN of a cluster');
  }
  return convertService(input);
}

/** @param path ends with the name of the member. */
function requireText(input: Members, path: string, what: string): void {
  const value = input[path.slice(path.lastIndexOf('.') + 1)];
  if (typeof value !== 'string' || value === '') throw wrong(path, value, what);
}

/** Nothing of the input is passed over. */
function refuseBeside(member: string, unknown: Members, taken: string): void {
  if (Object.keys(unknown).length === 0) return;
  throw new InputError(`The input has ${namesOf(unknown)} beside ${member}; only ${taken} can be there: take it out`);
}

function wrong(path: string, value: unknown, what: string): InputError {
  const found = value === undefined ? 'missing' : clip(JSON.stringify(value), 200);
  return new InputError(`${path} is ${found}; it must be ${what}`);
}

function namesOf(members: Members): string {
  return Object.keys(members).slice(0, 5).join(', ') || '(none)';
}

function has(members: Members, name: string): boolean {
  return Object.hasOwn(members, name);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
