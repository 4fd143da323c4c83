import { compilePattern } from './pattern/compile.ts';
import type { Operator, Query, Subject, Term } from './query.ts';
import { parseInstant } from './values.ts';

/** A node, as a query asks for it. */
export interface QuerySubject {
  /** The value of an attribute by its name in ECS; undefined where the node lacks it. */
  readonly attribute: (name: string) => string | undefined;
  readonly ec2InstanceId: string | undefined;
  readonly agentConnected: boolean;
  readonly registeredAtMs: number;
  readonly runningTasksCount: number;
  /** @param group as the expression has it: `service:web`, `family:db`. */
  readonly hasGroup: (group: string) => boolean;
}

export type Predicate = (subject: QuerySubject) => boolean;

/** Whether a node is one that the query asks for. For many nodes compile it once. */
export function matches(query: Query, subject: QuerySubject): boolean {
  return compileQuery(query)(subject);
}

/**
 * The query as a predicate that is cheap to ask.
 *
 * Where a node lacks an attribute, each comparison with it is false, `!=`, `!in` and `!~` too, and `!exists` alone is
 * true: `attribute:x != v` leaves those nodes out, `not(attribute:x == v)` does not. `task:group != g` is the same as
 * `not(task:group == g)`: people write it to keep away from g, and a node without tasks is away from all.
 */
export function compileQuery(query: Query): Predicate {
  switch (query.kind) {
    case 'and':
    case 'or':
      return joined(query.kind, compileQuery(query.left), compileQuery(query.right));
    case 'not': {
      const inner = compileQuery(query.query);
      return (subject) => !inner(subject);
    }
    case 'term':
      return compileTerm(query);
  }
}

/** Whether the answer for a node stays the same while tasks come and go and its agent is lost and found. */
export function isStatic(query: Query): boolean {
  switch (query.kind) {
    case 'and':
    case 'or':
      return isStatic(query.left) && isStatic(query.right);
    case 'not':
      return isStatic(query.query);
    case 'term':
      return staticSubjects.includes(query.subject.kind);
  }
}

const staticSubjects: readonly Subject['kind'][] = ['attribute', 'ec2InstanceId', 'registeredAt'];

/** What a text that a node has must be for a comparison with these values. */
type TextTest = (values: readonly string[]) => (text: string) => boolean;

const textTests: Readonly<Record<Operator, TextTest>> = {
  '==': oneOf,
  '!=': negated(oneOf),
  in: oneOf,
  '!in': negated(oneOf),
  '=~': ([pattern = '']) => compilePattern(pattern),
  '!~': negated(([pattern = '']) => compilePattern(pattern)),
  exists: () => () => true,
  '!exists': () => () => false,
  '>': wholeNumber('>'),
  '>=': wholeNumber('>='),
  '<': wholeNumber('<'),
  '<=': wholeNumber('<='),
};

const numberTests: Readonly<Partial<Record<Operator, (found: number, value: number) => boolean>>> = {
  '==': (found, value) => found === value,
  '!=': (found, value) => found !== value,
  '>': (found, value) => found > value,
  '>=': (found, value) => found >= value,
  '<': (found, value) => found < value,
  '<=': (found, value) => found <= value,
};

/** Whether a text that a node has is what the term asks for. */
export function compileText({ operator, values }: Pick<Term, 'operator' | 'values'>): (text: string) => boolean {
  return textTests[operator](values);
}

function oneOf(values: readonly string[]): (text: string) => boolean {
  const all = new Set(values);
  return (text) => all.has(text);
}

function negated(test: TextTest): TextTest {
  return (values) => {
    const isTrue = test(values);
    return (text) => !isTrue(text);
  };
}

/** Of texts that are whole numbers, as node affinity compares them; a text that is none is neither more nor less. */
function wholeNumber(operator: Operator): TextTest {
  return ([value = '']) => {
    const isAsked = compileNumber(operator, Number(value));
    return (text) => /^\d{1,15}$/.test(text) && isAsked(Number(text));
  };
}

function compileNumber(operator: Operator, value: number): (found: number) => boolean {
  const test = numberTests[operator] ?? (() => false);
  return (found) => test(found, value);
}

function joined(kind: 'and' | 'or', left: Predicate, right: Predicate): Predicate {
  return kind === 'and' ? (subject) => left(subject) && right(subject) : (subject) => left(subject) || right(subject);
}

function compileTerm(term: Term): Predicate {
  const { subject, operator, values } = term;
  const [value = ''] = values;
  switch (subject.kind) {
    case 'attribute':
      return ofText(term, (node) => node.attribute(subject.name));
    case 'ec2InstanceId':
      return ofText(term, (node) => node.ec2InstanceId);
    case 'agentConnected':
      return ofText(term, (node) => String(node.agentConnected));
    case 'registeredAt': {
      const isAsked = compileNumber(operator, parseInstant(value) ?? NaN);
      return (node) => isAsked(node.registeredAtMs);
    }
    case 'runningTasksCount': {
      const isAsked = compileNumber(operator, Number(value));
      return (node) => isAsked(node.runningTasksCount);
    }
    case 'task:group': {
      const isWanted = operator === '==' || operator === 'in';
      return (node) => values.some((group) => node.hasGroup(group)) === isWanted;
    }
  }
}

function ofText(term: Term, textOf: (node: QuerySubject) => string | undefined): Predicate {
  const isAsked = compileText(term);
  const isAbsentAsked = term.operator === '!exists';
  return (node) => {
    const text = textOf(node);
    return text === undefined ? isAbsentAsked : isAsked(text);
  };
}
