import type { Kind } from '../api/kind.ts';
import { group, version } from '../api/meta.ts';
import { longestName } from './crds.ts';
import { fieldRules, refusedMembers, settableFields, type Field } from './fields.ts';
import { paragraphs, table } from './markdown.ts';
import { boundsPhrase, code, typePhrase } from './phrases.ts';
import { structural, type StructuralSchema } from './structural.ts';

/** The reference of all kinds in Markdown, written for people who know ECS and kubectl. */
export function renderReference(kinds: readonly Kind[]): string {
  return paragraphs([renderIntroduction(kinds), ...kinds.map(renderKind)]) + '\n';
}

function renderIntroduction(kinds: readonly Kind[]): string {
  const rows = kinds.map(({ kind, shortNames, scope, description }) => [
    `[${kind}](#${kind.toLowerCase()})`,
    shortNames.map(code).join(', '),
    scope.toLowerCase(),
    description,
  ]);
  return paragraphs([
    '# Custom resources',
    '<!-- Generated from src/api by `npm run generate`. Change the schema there, not this file. -->',
    `Every kind is of apiVersion ${code(`${group}/${version}`)} and in the category ${code('ecs')}: ${code('kubectl get ecs')} lists the lot. ` +
      'Members of `spec` have the names and the nesting of the ECS API; what the operator reports is in `status`. ' +
      `A name (${code('metadata.name')}) has at most ${longestName} characters.`,
    'Install or update the definitions with `kubectl apply --server-side -k crds`. Deleting one deletes every object of its kind.',
    table(['Kind', 'Short name', 'Scope', 'What it is'], rows),
  ]);
}

function renderKind(kind: Kind): string {
  const spec = structural(kind.spec);
  const status = structural(kind.status);
  return paragraphs([
    `## ${kind.kind}`,
    kind.description,
    renderCommands(kind),
    `### ${kind.kind} spec`,
    kind.specOptional === true ? 'May be left out as a whole.' : '',
    table(['Field', 'Type', 'Default', 'Allowed', 'Meaning'], settableFields(spec).map(specRow)),
    renderRules(spec),
    `### ECS members that ${kind.kind} refuses`,
    renderRefused(spec),
    `### ${kind.kind} status`,
    table(['Field', 'Type', 'Values', 'Meaning'], settableFields(status).map(statusRow)),
    `### ${kind.kind} columns`,
    renderColumns(kind),
  ]);
}

function renderCommands({ shortNames, plural, scale }: Kind): string {
  const name = shortNames[0] ?? plural;
  const commands = [
    `kubectl get ${name}`,
    `kubectl explain ${name}.spec`,
    ...(scale ? [`kubectl scale ${name}/NAME --replicas=3`] : []),
  ];
  return ['```sh', ...commands, '```'].join('\n');
}

function specRow({ path, required, schema }: Field): readonly string[] {
  return [code(path), typePhrase(schema), defaultPhrase(schema, required), boundsPhrase(schema), meaning(schema)];
}

function statusRow({ path, schema }: Field): readonly string[] {
  const values = schema.enum ? boundsPhrase(schema) : '';
  return [code(path), typePhrase(schema), values, meaning(schema)];
}

function defaultPhrase(schema: StructuralSchema, required: boolean): string {
  if (required) return '**required**';
  return schema.default === undefined ? '' : code(JSON.stringify(schema.default));
}

function meaning({ description = '' }: StructuralSchema): string {
  return description.replaceAll('|', '\\|');
}

function renderRules(spec: StructuralSchema): string {
  const rules = fieldRules(spec).map(({ path, message }) => `- ${code(path === '' ? 'spec' : path)}: ${message}.`);
  return rules.length === 0 ? '' : paragraphs(['Beyond types and bounds:', rules.join('\n')]);
}

function renderRefused(spec: StructuralSchema): string {
  const rows = refusedMembers(spec).map(({ path, reason }) => [code(path), reason]);
  const explanation =
    'Setting one is an error that names it, whatever client sends it. What ECS itself prints for an unset member ' +
    '(null, 0, `false`, an empty list, map or text) is let through.';
  return rows.length === 0 ? 'None.' : paragraphs([explanation, table(['Member', 'Why, or what to do instead'], rows)]);
}

function renderColumns({ columns }: Kind): string {
  const rows = columns.map(({ name, jsonPath, priority, description }) => [
    priority === 1 ? `${name} (with \`-o wide\`)` : name,
    code(jsonPath),
    description,
  ]);
  return table(['Column', 'Shows', 'Meaning'], rows);
}
