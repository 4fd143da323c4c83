import type { ContainerDefinition } from '../../src/api/container-definition.ts';
import { containerDefinition, healthCheck } from './builders.ts';

type Condition = NonNullable<ContainerDefinition['dependsOn']>[number]['condition'];

/**
 * The containers of `a? -> b (SUCCESS), b; c`: a name with `?` is not essential, one that somebody waits for with
 * HEALTHY has a health check.
 */
export function containersOf(
  text: string,
  overrides: Readonly<Record<string, Partial<ContainerDefinition>>> = {},
): ContainerDefinition[] {
  const healthy = new Set([...text.matchAll(/(\w+) \(HEALTHY\)/g)].map(([, name = '']) => name));
  return text.split('; ').map((part) => {
    const [, name = '', mark] = /^(\w+)(\??)/.exec(part) ?? [];
    const dependsOn = [...part.matchAll(/(\w+) \((\w+)\)/g)].map(([, containerName = '', condition = '']) => ({
      containerName,
      condition: condition as Condition,
    }));
    return containerDefinition({
      name,
      essential: mark !== '?',
      ...(dependsOn.length > 0 && { dependsOn }),
      ...(healthy.has(name) && { healthCheck }),
      ...overrides[name],
    });
  });
}
