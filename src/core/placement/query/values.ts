import { clip } from '../../../base/text.ts';
import { isOrder, isPattern } from './operators.ts';
import { parsePattern } from './pattern/parse.ts';
import type { Operator, Subject } from './query.ts';

/** What is wrong with a value. */
export interface ValueProblem {
  /** The character of the value that it is about, from 0. */
  readonly at: number;
  readonly message: string;
}

/** Of a value of an attribute (ECS API reference, Attribute). */
const longestValue = 128;

/** Of `family:` and the longest name. */
const longestGroup = 263;

/** By what is compared, where it is not with a pattern. */
const checks: Readonly<Record<Subject['kind'], (value: string, operator: Operator) => ValueProblem | undefined>> = {
  attribute: (value, operator) => (isOrder(operator) ? wholeNumberProblem(value) : textProblem(value)),
  ec2InstanceId: textProblem,
  agentConnected: (value) => (value === 'true' || value === 'false' ? undefined : notThe('true or false', value)),
  registeredAt: dateProblem,
  runningTasksCount: wholeNumberProblem,
  'task:group': (value) => tooLong(value, longestGroup),
};

/** Why a subject cannot be compared with this; undefined when it can. */
export function valueProblem(subject: Subject, operator: Operator, value: string): ValueProblem | undefined {
  if (value === '') return { at: 0, message: 'the value is empty' };
  return isPattern(operator) ? patternProblem(value) : checks[subject.kind](value, operator);
}

/** Milliseconds of a date as ECS takes them; one without a zone is UTC, one without a time is its midnight. */
export function parseInstant(text: string): number | undefined {
  const [, date = '', time = 'T00:00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:(T\d\d:\d\d:\d\d)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const ms = Date.parse(`${date}${time}${zone}`);
  return Number.isNaN(ms) || !isDay(date) ? undefined : ms;
}

/** February 30 is none, though `Date` takes it for one of March: a day comes before the first of the next month. */
function isDay(date: string): boolean {
  const [year = 0, month = 0] = date.split('-').map(Number);
  return Date.parse(`${date}T00:00:00Z`) < Date.UTC(year, month, 1);
}

function dateProblem(value: string): ValueProblem | undefined {
  if (parseInstant(value) !== undefined) return undefined;
  return notThe('a date such as 2018-06-18, 2018-06-18T22:28:28, 2018-06-18T22:28:28Z or …+00:00', value);
}

function patternProblem(value: string): ValueProblem | undefined {
  const parsed = parsePattern(value);
  return parsed.kind === 'invalid' ? parsed : undefined;
}

/** As node affinity compares labels: whole numbers alone. */
function wholeNumberProblem(value: string): ValueProblem | undefined {
  return /^\d{1,15}$/.test(value) ? undefined : notThe('a whole number', value);
}

/** A pattern where none is expected would match nothing, in silence. */
function textProblem(value: string): ValueProblem | undefined {
  const at = value.search(/[^\w.@/\\: -]/);
  if (at === -1) return tooLong(value, longestValue);
  return { at, message: `'${value.charAt(at)}' cannot stand in a value; patterns are for =~ and !~` };
}

function tooLong(value: string, most: number): ValueProblem | undefined {
  if (value.length <= most) return undefined;
  const message = `values have at most ${String(most)} characters, and this has ${String(value.length)}`;
  return { at: 0, message };
}

function notThe(wanted: string, found: string): ValueProblem {
  return { at: 0, message: `expected ${wanted}, found '${clip(found, 40)}'` };
}
