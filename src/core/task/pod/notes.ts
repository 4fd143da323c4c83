import type { ContainerDefinition } from '../../../api/container-definition.ts';
import { annotations } from '../../../api/labels.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';

type LogConfiguration = NonNullable<ContainerDefinition['logConfiguration']>;

/**
 * Annotations that hold what a pod has no place for, as JSON: labels of containers and where their logs belong, by the
 * containers' ECS names, and the tags of the definition. A collector on the node reads them.
 */
export function podNotes({ containerDefinitions, tags = [] }: TaskDefinitionSpec): Record<string, string> {
  const labelled = containerDefinitions.filter(({ dockerLabels = {} }) => Object.keys(dockerLabels).length > 0);
  const logged = containerDefinitions.filter(({ logConfiguration }) => logConfiguration !== undefined);
  return {
    ...note(
      annotations.dockerLabels,
      labelled.map(({ name, dockerLabels }) => [name, dockerLabels]),
    ),
    ...note(
      annotations.logConfiguration,
      logged.map(({ name, logConfiguration }) => [name, logConfiguration && logNote(logConfiguration)]),
    ),
    ...note(
      annotations.tags,
      tags.map(({ key, value }) => [key, value]),
    ),
  };
}

function logNote({ logDriver, options = {}, secretOptions = [] }: LogConfiguration): object {
  return { logDriver, options, ...(secretOptions.length > 0 && { secretOptions }) };
}

function note(annotation: string, entries: readonly (readonly [string, unknown])[]): Record<string, string> {
  return entries.length === 0 ? {} : { [annotation]: JSON.stringify(Object.fromEntries(entries)) };
}
