import { isLabelValue, labelsOfAttribute, type AttributeLabel } from '../../attributes.ts';
import { compileText } from '../evaluate.ts';
import { isOrder, isPattern } from '../operators.ts';
import type { Term } from '../query.ts';
import { always, eitherOf, nameField, never, type Alternatives, type Conjunction, type Requirement } from './terms.ts';

/** One comparison, or its opposite. */
export interface Literal {
  readonly term: Term;
  readonly isNegated: boolean;
}

/** What there is at present, for what can be said of present nodes alone. */
export interface KnownNodes {
  /** The values that nodes have of an attribute, as ECS has them. */
  readonly valuesOf: (attribute: string) => readonly string[];
  /** The name of the node that is an instance. */
  readonly nameOf: (ec2InstanceId: string) => string | undefined;
}

/** What is asked of the value of an attribute, where a node has it. */
type Ask =
  | { readonly kind: 'in' | 'notIn'; readonly values: readonly string[] }
  /** @param bound is not one of them. */
  | { readonly kind: 'Gt' | 'Lt'; readonly bound: number };

/** How many values of present nodes one comparison is expressed by. */
export const mostValues = 100;

/** Whether it says more than node affinity can, so that it is expressed by the values that nodes have at present. */
export function isExpanded({ term: { subject, operator, values }, isNegated }: Literal): boolean {
  if (subject.kind !== 'attribute') return false;
  const [value = ''] = values;
  return isPattern(operator) || (isOrder(operator) && (isNegated || (operator === '>=' && Number(value) === 0)));
}

/** Those of the values that nodes have which the comparison, without its opposite, is true for. */
export function expansionOf({ term }: Literal, known: KnownNodes): readonly string[] {
  if (term.subject.kind !== 'attribute') return [];
  const isAsked = compileText(term.operator === '!~' ? { ...term, operator: '=~' } : term);
  return [...new Set(known.valuesOf(term.subject.name))].filter(isAsked).toSorted();
}

/** Of an attribute, of instances, or of the agent: what cannot be expressed was sorted out before. */
export function alternativesOf(literal: Literal, known: KnownNodes): Alternatives {
  const { term, isNegated } = literal;
  const { subject } = term;
  if (subject.kind === 'attribute') return ofAttribute(subject.name, literal, known);
  if (subject.kind === 'ec2InstanceId') return ofInstances(literal, known);
  // The kube-scheduler starts pods on connected nodes alone.
  return compileText(term)('true') === isNegated ? never : always;
}

/** An instance is one node for good; one that is not there is none. */
function ofInstances({ term, isNegated }: Literal, known: KnownNodes): Alternatives {
  const names = term.values.flatMap((id) => known.nameOf(id) ?? []);
  if (!isNegated) return names.map((name) => [{ key: nameField, operator: 'In', values: [name] }]);
  return [names.map((name) => ({ key: nameField, operator: 'NotIn', values: [name] }))];
}

/**
 * The first label that a node has holds the attribute: either that one is as asked, or it is not there and the next
 * one is. A node without any is as the operator says, whatever the values.
 */
function ofAttribute(name: string, literal: Literal, known: KnownNodes): Alternatives {
  const labels = labelsOfAttribute(name);
  const ask = askOf(literal, known);
  const withoutAny = (literal.term.operator === '!exists') !== literal.isNegated;
  const none = labels.map(({ key }): Requirement => ({ key, operator: 'DoesNotExist' }));
  const alternatives = labels.flatMap((label, index) => {
    const asked = requirementsOf(label, ask);
    return asked ? [[...none.slice(0, index), ...asked]] : [];
  });
  if (!withoutAny) return alternatives;
  return ask.kind === 'notIn' ? withAbsence(alternatives) : eitherOf(alternatives, [none]);
}

/** NotIn without Exists is true of a node without the label, as is nothing at all. */
function withAbsence(alternatives: Alternatives): Alternatives {
  const others = alternatives.slice(0, -1);
  const last = alternatives.at(-1) ?? [];
  return eitherOf(others, [last.filter(({ operator }) => operator !== 'Exists')]);
}

function askOf(literal: Literal, known: KnownNodes): Ask {
  const { term, isNegated } = literal;
  const { operator, values } = term;
  if (isExpanded(literal)) return oneOf(expansionOf(literal, known), (operator === '!~') === isNegated);
  if (isOrder(operator)) {
    const beside = operator === '>=' ? -1 : operator === '<=' ? 1 : 0;
    return { kind: operator.startsWith('>') ? 'Gt' : 'Lt', bound: Number(values[0]) + beside };
  }
  return oneOf(values, ['!=', '!in', 'exists'].includes(operator) === isNegated);
}

function oneOf(values: readonly string[], isIn: boolean): Ask {
  return { kind: isIn ? 'in' : 'notIn', values };
}

/** Of a label that is there; undefined where no value would do. A value that no label can have, none has. */
function requirementsOf({ key, toLabel }: AttributeLabel, ask: Ask): Conjunction | undefined {
  if ('bound' in ask) return [{ key, operator: ask.kind, values: [String(ask.bound)] }];
  const values = ask.values.map(toLabel).filter(isLabelValue);
  if (ask.kind === 'in') return values.length === 0 ? undefined : [{ key, operator: 'In', values }];
  const exists = { key, operator: 'Exists' } as const;
  return values.length === 0 ? [exists] : [exists, { key, operator: 'NotIn', values }];
}
