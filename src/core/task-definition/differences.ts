import type { ContainerDefinition } from '../../api/container-definition.ts';
import type { Found } from '../../api/difference.ts';
import { taskDefinitionMembers } from '../../api/members.ts';
import type { TaskDefinitionSpec } from '../../api/task-definition.ts';

/** A sentence about fields of a definition that are taken and not as on ECS. */
export interface FieldDifference {
  /** With containers by name: `containerDefinitions[web].dockerLabels`. */
  readonly paths: readonly string[];
  readonly what: string;
}

/** A value in a definition, and where it stands. */
interface Value {
  readonly path: string;
  readonly value: unknown;
  readonly container: ContainerDefinition | undefined;
}

const differing = taskDefinitionMembers().flatMap(({ path, outcome }) =>
  outcome.kind === 'honoured' ? outcome.differences.map((difference) => ({ path, difference })) : [],
);

/** What of the definition is not as on ECS, in the order of the table of members. */
export function differencesOf(spec: TaskDefinitionSpec): readonly FieldDifference[] {
  return differing.flatMap(({ path, difference: { what, when } }) => {
    const differs = ({ value, container }: Value): boolean => {
      const found: Found = { spec, container };
      return isSet(value) && (when?.(value, found) ?? true);
    };
    const paths = valuesAt(spec, path).filter(differs);
    return paths.length === 0 ? [] : [{ paths: paths.map((each) => each.path), what }];
  });
}

/** What ECS prints for an unset member (an empty list or map, `false`) is unset here too. */
function isSet(value: unknown): boolean {
  if (value === undefined || value === false) return false;
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0;
}

/** The values that a path of the table stands for. */
function valuesAt(spec: TaskDefinitionSpec, path: string): readonly Value[] {
  let values: readonly Value[] = [{ path: '', value: spec, container: undefined }];
  for (const segment of path.split('.')) values = values.flatMap((each) => step(each, segment));
  return values;
}

function step({ path, value, container }: Value, segment: string): readonly Value[] {
  const name = segment.replace('[]', '');
  const below = (value as Readonly<Record<string, unknown>> | undefined)?.[name];
  const at = path === '' ? name : `${path}.${name}`;
  if (!segment.endsWith('[]')) return [{ path: at, value: below, container }];
  const items = (below ?? []) as readonly unknown[];
  return items.map((item, index) => {
    if (at !== 'containerDefinitions') return { path: `${at}[${String(index)}]`, value: item, container };
    const definition = item as ContainerDefinition;
    return { path: `${at}[${definition.name}]`, value: item, container: definition };
  });
}
