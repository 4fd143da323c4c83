import { withoutDefaults } from '../../api/content.ts';
import { taskDefinitionKind, type TaskDefinitionSpec } from '../../api/task-definition.ts';

/** Bytes of a task definition as JSON (Developer Guide, "Amazon ECS service quotas"). */
const mostBytes = 64 * 1024;

/**
 * Why the definition is too long, with the container that takes most of it; undefined when it is not. What only
 * Kubernetes has, and what ECS would fill in, is not counted.
 */
export function lengthProblem({ kubernetes: _, ...content }: TaskDefinitionSpec): string | undefined {
  const bytes = bytesOf(withoutDefaults(taskDefinitionKind.spec, content));
  if (bytes <= mostBytes) return undefined;
  const sizes = content.containerDefinitions.map((each) => ({ name: each.name, size: bytesOf(each) }));
  const [largest] = sizes.toSorted((a, b) => b.size - a.size);
  return `Actual length: '${String(bytes)}'. Max allowed length is '${String(mostBytes)}' bytes. Most of it is in containerDefinitions[${String(largest?.name)}]: move long values into files or images.`;
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
