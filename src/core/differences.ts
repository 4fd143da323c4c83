import type { Found } from '../api/difference.ts';
import type { Member } from '../api/members.ts';
import type { NextCondition } from '../base/conditions.ts';
import { clip } from '../base/text.ts';

/** A sentence about fields of an object that are taken and not as on ECS. */
export interface FieldDifference {
  /** With containers by name: `containerDefinitions[web].dockerLabels`. */
  readonly paths: readonly string[];
  /** Without a full stop at its end. */
  readonly what: string;
}

/** A difference of these containers of a task definition. @param member where it is about one of their members. */
export function differenceOf(names: readonly string[], what: string, member?: string): FieldDifference {
  const suffix = member === undefined ? '' : `.${member}`;
  return { paths: names.map((name) => `containerDefinitions[${name}]${suffix}`), what };
}

/** A value in a spec, and where it stands. */
interface Value {
  readonly path: string;
  readonly value: unknown;
  /** The item of a list of containers that it is in. */
  readonly container: unknown;
}

/** Lists whose items are told by the names of containers. */
const byContainer = ['containerDefinitions', 'overrides.containerOverrides'];

/** The set values that a path of a table of members stands for. What ECS prints for an unset member is unset. */
function valuesAt(spec: object, path: string): readonly Value[] {
  let values: readonly Value[] = [{ path: '', value: spec, container: undefined }];
  for (const segment of path.split('.')) values = values.flatMap((each) => step(each, segment));
  return values.filter(({ value }) => isSet(value));
}

function step({ path, value, container }: Value, segment: string): readonly Value[] {
  const name = segment.replace('[]', '');
  const below = (value as Readonly<Record<string, unknown>> | undefined)?.[name];
  const at = path === '' ? name : `${path}.${name}`;
  if (!segment.endsWith('[]')) return [{ path: at, value: below, container }];
  const items = (below ?? []) as readonly { readonly name: string }[];
  return items.map((item, index) =>
    byContainer.includes(at)
      ? { path: `${at}[${item.name}]`, value: item, container: item }
      : { path: `${at}[${String(index)}]`, value: item, container },
  );
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === false || value === '') return false;
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0;
}

/** What of a spec is not as on ECS, by a table of members and in its order. */
export function differencesBy(members: readonly Member[]): (spec: object) => readonly FieldDifference[] {
  const differing = members.flatMap(({ path, outcome }) =>
    outcome.kind === 'honoured' ? outcome.differences.map((difference) => ({ path, difference })) : [],
  );
  return (spec) =>
    differing.flatMap(({ path, difference: { what, when } }) => {
      // The rows of a table know the spec that it is about.
      const differs = ({ value, container }: Value): boolean => when?.(value, { spec, container } as Found) ?? true;
      const paths = valuesAt(spec, path).filter(differs);
      return paths.length === 0 ? [] : [{ paths: paths.map((each) => each.path), what }];
    });
}

/** The condition that names the fields that are taken and not as on ECS; absent when all is as there. */
export function differsFromEcs(differences: readonly FieldDifference[], observedGeneration: number): NextCondition[] {
  if (differences.length === 0) return [];
  const message = differences.map(({ paths, what }) => `${paths.join(', ')}: ${what}.`).join(' ');
  return [
    {
      type: 'DiffersFromECS',
      status: 'True',
      reason: 'FieldsDiffer',
      message: clip(message, 16_384),
      observedGeneration,
    },
  ];
}
