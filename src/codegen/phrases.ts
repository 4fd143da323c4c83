import type { StructuralSchema } from './structural.ts';

/** The type of a field in words: `list of string`, `map of integer`, `time`. */
export function typePhrase(schema: StructuralSchema): string {
  if (schema.items) return `list of ${typePhrase(schema.items)}`;
  if (schema.additionalProperties) return `map of ${typePhrase(schema.additionalProperties)}`;
  if (schema['x-kubernetes-int-or-string'] === true) return 'integer or string';
  return schema.format === 'date-time' ? 'time' : (schema.type ?? 'any');
}

/** What values a field may have, in words: `1 to 255 characters, matching …`. Empty where the type says it all. */
export function boundsPhrase(schema: StructuralSchema): string {
  if (schema.enum) return schema.enum.map(code).join(', ');
  const phrases = [
    rangePhrase(schema.minimum, schema.maximum),
    schema.format === 'date-time' ? '' : rangePhrase(schema.minLength, schema.maxLength, 'characters'),
    schema.pattern === undefined ? '' : `matching ${code(schema.pattern)}`,
    rangePhrase(schema.minItems, schema.maxItems, 'items'),
    rangePhrase(undefined, schema.maxProperties, 'entries'),
    keysPhrase(schema['x-kubernetes-list-map-keys']),
    elementPhrase(schema),
  ];
  return phrases.filter((phrase) => phrase !== '').join(', ');
}

/** A value as code; pipes are escaped because they end a cell even there. */
export function code(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function rangePhrase(min: number | undefined, max: number | undefined, unit = ''): string {
  const range = rangeWords(min, max);
  return range === '' || unit === '' ? range : `${range} ${unit}`;
}

function rangeWords(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  if (min !== undefined) return `at least ${min}`;
  return max === undefined ? '' : `at most ${max}`;
}

function keysPhrase(keys: readonly string[] | undefined): string {
  return keys === undefined ? '' : `no two with the same ${keys.map(code).join(' and ')}`;
}

function elementPhrase({ items, additionalProperties }: StructuralSchema): string {
  const element = items ?? additionalProperties;
  const bounds = element === undefined ? '' : boundsPhrase(element);
  return bounds === '' ? '' : `each ${bounds}`;
}
