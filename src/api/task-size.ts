import { z } from 'zod';
import { withRules, type Rule } from './fields.ts';

/**
 * The size of a task in ECS's words. Forms and ranges: ECS API reference, RegisterTaskDefinition (`cpu`, `memory`).
 * ECS keeps the first form, whole units, whatever was written; so do we (`core/task-definition/size.ts`).
 */

/** One of the two: how its texts look, and how many units they may stand for. */
interface Dimension {
  readonly name: 'cpu' | 'memory';
  /** Units alone, or a number and the large unit. RE2 and JavaScript read it alike. */
  readonly form: string;
  readonly large: string;
  readonly units: string;
  readonly least: number;
  readonly most: number;
  readonly advice: string;
}

const cpu: Dimension = {
  name: 'cpu',
  form: '^([0-9]{1,6}|([0-9]{1,3}([.][0-9]{1,10})?|[.][0-9]{1,10}) ?[vV][cC][pP][uU])$',
  large: 'vcpu',
  units: 'CPU units',
  least: 128,
  most: 196_608,
  advice: 'CPU units, such as 1024, or vCPUs, such as 1 vCPU',
};

const memory: Dimension = {
  name: 'memory',
  form: '^([0-9]{1,7}|([0-9]{1,4}([.][0-9]{1,10})?|[.][0-9]{1,10}) ?[gG][bB])$',
  large: 'gb',
  units: 'MiB',
  least: 6,
  most: 1_048_576,
  advice: 'MiB, such as 2048, or GB, such as 2 GB',
};

/** CEL for the units that a well-formed text stands for, as a double. Halves and the like are exact in binary. */
function unitsIn(text: string, { large }: Dimension): string {
  return `(${text}.matches('^[0-9]+$') ? double(${text}) : double(${text}.lowerAscii().replace('${large}', '').trim()) * 1024.0)`;
}

/** A text of that form; what else is wrong with it is told with its value. */
function sizeText(dimension: Dimension, description: string): z.ZodString {
  const { name, form, least, most, units, advice } = dimension;
  const self = unitsIn('self', dimension);
  const range = `a whole number of ${units} from ${String(least)} to ${String(most)}`;
  return withRules(
    z.string().max(32).describe(description),
    {
      rule: `self.matches('${form}')`,
      message: `${name} must be in ${advice}`,
      messageExpression: `"${name} '%s' must be in ${advice}".format([self])`,
    },
    {
      rule: `!self.matches('${form}') || (${self} >= ${String(least)}.0 && ${self} <= ${String(most)}.0 && ${self} == double(int(${self})))`,
      message: `${name} must be ${range}`,
      messageExpression: `"${name} '%s' must be ${range}".format([self])`,
    },
  );
}

/** `cpu` and `memory` of a task definition, and of the overrides of a task. */
export const taskSize = {
  cpu: sizeText(cpu, 'CPU of the task as a whole, in CPU units (1024) or vCPUs (1 vCPU): what its containers share.'),
  memory: sizeText(memory, 'Memory of the task as a whole, in MiB (2048) or GB (2 GB): what its containers share.'),
};

/** CPU units of a text such as `1 vCPU`. @throws Error for one that the API server would refuse. */
export function parseTaskCpu(text: string): number {
  return parse(text, cpu);
}

/** MiB of a text such as `0.5GB`. @throws Error for one that the API server would refuse. */
export function parseTaskMemory(text: string): number {
  return parse(text, memory);
}

function parse(text: string, { name, form, least, most, units, advice }: Dimension): number {
  if (!new RegExp(form).test(text)) throw new Error(`${name} '${text}' must be in ${advice}`);
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.parseFloat(text) * 1024;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${name} '${text}' must be a whole number of ${units} from ${String(least)} to ${String(most)}`);
}

/** CEL that lists `container number` of all containers. */
function listed(value: string): string {
  return `self.containerDefinitions.map(each, '%s %d'.format([each.name, ${value}]))`;
}

/** Of the whole definition: the member is as large as all containers together. ECS's words, with the numbers. */
function sumFits(dimension: Dimension, member: string, value: string): Rule {
  const { name, form, units } = dimension;
  const text = `self.${name}`;
  const sum = `self.containerDefinitions.map(each, ${value}).sum()`;
  const sentence = `The sum of all container '${member}' values cannot be greater than the value of the task '${name}'.`;
  return {
    rule: `!has(${text}) || !${text}.matches('${form}') || double(${sum}) <= ${unitsIn(text, dimension)}`,
    message: sentence,
    messageExpression: `"${sentence} %s are %d ${units}, the task has %s.".format([${listed(value)}, ${sum}, ${text}])`,
    fieldPath: '.containerDefinitions',
  };
}

const isAbove = `has(each.memory) && double(each.memory) > ${unitsIn('self.memory', memory)}`;

/** Of the whole definition. What ECS says when it registers one: Developer Guide, "Task definition parameters". */
export const sizeRules: readonly Rule[] = [
  {
    rule: 'has(self.memory) || self.containerDefinitions.all(each, has(each.memory) || has(each.memoryReservation))',
    message: "at least one of 'memory' or 'memoryReservation' must be specified, or the 'memory' of the task",
    messageExpression: `"Invalid setting for container '%s'. At least one of 'memory' or 'memoryReservation' must be specified, or the 'memory' of the task.".format([self.containerDefinitions.filter(each, !has(each.memory) && !has(each.memoryReservation))[0].name])`,
    fieldPath: '.containerDefinitions',
  },
  sumFits(cpu, 'cpu', 'each.cpu'),
  sumFits(memory, 'memoryReservation', 'each.?memoryReservation.orValue(each.?memory.orValue(0))'),
  {
    rule: `!has(self.memory) || !self.memory.matches('${memory.form}') || !self.containerDefinitions.exists(each, ${isAbove})`,
    message: "the 'memory' setting for a container is greater than for the task",
    messageExpression: `"The 'memory' setting for container %s is greater than for the task, which has %s.".format([self.containerDefinitions.filter(each, ${isAbove}).map(each, '%s (%d MiB)'.format([each.name, each.memory])), self.memory])`,
    fieldPath: '.containerDefinitions',
  },
  ...(['cpu', 'memory'] as const).map((name) => ({
    rule: `!has(self.requiresCompatibilities) || !('FARGATE' in self.requiresCompatibilities) || has(self.${name})`,
    message: `Fargate requires that '${name}' be defined at the task level.`,
    fieldPath: `.requiresCompatibilities`,
  })),
];
