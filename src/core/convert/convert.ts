import type { Converted } from './report.ts';
import { convertService } from './service.ts';
import { convertTaskDefinition } from './task-definition.ts';

/** Input that is nothing ECS prints or takes; the message says what was found and what would be right. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

type Members = Readonly<Record<string, unknown>>;

const expected =
  'what describe-task-definition or describe-services prints, or the input of register-task-definition or create-service';

/**
 * Turns what the AWS CLI prints into our resources.
 * @throws InputError
 */
export function convert(input: unknown): readonly Converted[] {
  if (!isRecord(input)) throw new InputError(`The input is no JSON object; it must be ${expected}`);
  const { taskDefinition, tags, services, failures } = input;
  if (isRecord(taskDefinition)) return [taskDefinitionOf({ ...taskDefinition, ...(isFilled(tags) && { tags }) })];
  if (Array.isArray(services)) return servicesOf(services, failures);
  if (Array.isArray(input['containerDefinitions'])) return [taskDefinitionOf(input)];
  if (typeof input['serviceName'] === 'string') return [serviceOf(input)];
  const found = Object.keys(input).slice(0, 5).join(', ');
  throw new InputError(`The input has the members ${found || '(none)'}; it must be ${expected}`);
}

function servicesOf(services: readonly unknown[], failures: unknown): readonly Converted[] {
  if (isFilled(failures)) throw new InputError(`ECS did not find everything: ${JSON.stringify(failures)}`);
  if (services.length === 0) throw new InputError(`services is empty; the input must be ${expected}`);
  return services.map((service, index) => {
    if (!isRecord(service)) throw new InputError(`services[${String(index)}] is no JSON object`);
    return serviceOf(service);
  });
}

function taskDefinitionOf(input: Members): Converted {
  requireText(input, 'family');
  return convertTaskDefinition(input);
}

function serviceOf(input: Members): Converted {
  requireText(input, 'serviceName');
  requireText(input, 'taskDefinition');
  return convertService(input);
}

function requireText(input: Members, member: string): void {
  const value = input[member];
  if (typeof value === 'string' && value !== '') return;
  const found = value === undefined ? 'missing' : JSON.stringify(value);
  throw new InputError(`${member} is ${found}; it must be a string`);
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
