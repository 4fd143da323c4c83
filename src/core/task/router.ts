import type { ContainerDefinition } from '../../api/container-definition.ts';

/** The log router of a task, if it has one. */
export function routerOf(definitions: readonly ContainerDefinition[]): ContainerDefinition | undefined {
  return definitions.find(({ firelensConfiguration: configuration }) => configuration !== undefined);
}

/** Whether a router is to get the logs of the container. */
export function usesRouter({ logConfiguration }: ContainerDefinition): boolean {
  return logConfiguration?.logDriver === 'awsfirelens';
}
