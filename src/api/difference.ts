import type { ContainerDefinition } from './container-definition.ts';
import type { TaskDefinitionSpec } from './task-definition.ts';

/** Where the value of a member was found. */
export interface Found {
  readonly spec: TaskDefinitionSpec;
  /** The container it belongs to, if it belongs to one. */
  readonly container: ContainerDefinition | undefined;
}

/** Something that is not as on ECS, for those values of a member for which `when` holds: for all without it. */
export interface Difference {
  readonly what: string;
  readonly when?: (value: unknown, found: Found) => boolean;
}

/** Members that are taken, by path: what becomes of each, then what is not as on ECS. */
export type SettledMembers = Readonly<Record<string, readonly [how: string, ...Difference[]]>>;
