import { z } from 'zod';
import { isRefused, refusedPrefix } from './fields.ts';
import type { Difference } from './difference.ts';
import { settled } from './settled-members.ts';
import { taskDefinitionKind } from './task-definition.ts';

/** What becomes of a member of ECS's model. */
export type Outcome =
  | { readonly kind: 'honoured'; readonly how: string; readonly differences: readonly Difference[] }
  | { readonly kind: 'refused'; readonly why: string };

export interface Member {
  /** Dotted, with `[]` after a list: `containerDefinitions[].image`. */
  readonly path: string;
  readonly outcome: Outcome;
}

/**
 * The one table: every member of a task definition with its outcome, in the order of the schema. Refusals are read off
 * the schema (`refused`), the others stand in `settled-members.ts`. A member that is in neither is missing here.
 */
export function taskDefinitionMembers(): readonly Member[] {
  return membersBelow(taskDefinitionKind.spec, '');
}

function membersBelow(schema: z.core.$ZodType, parent: string): Member[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
  return Object.entries(shape).flatMap(([name, member]) => {
    const path = parent === '' ? name : `${parent}.${name}`;
    const outcome = outcomeOf(member, path);
    return [...(outcome ? [{ path, outcome }] : []), ...membersOfValue(member, path)];
  });
}

function outcomeOf(member: z.core.$ZodType, path: string): Outcome | undefined {
  if (isRefused(member)) return { kind: 'refused', why: descriptionOf(member).slice(refusedPrefix.length) };
  const row = settled[path];
  if (row === undefined) return undefined;
  const [how, ...differences] = row;
  return { kind: 'honoured', how, differences };
}

function membersOfValue(member: z.core.$ZodType, path: string): Member[] {
  if (isRefused(member)) return [];
  const inner = unwrap(member);
  return inner instanceof z.ZodArray ? membersBelow(unwrap(inner.element), `${path}[]`) : membersBelow(inner, path);
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapper =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapper ? unwrap(schema.def.innerType) : schema;
}

function descriptionOf(member: z.core.$ZodType): string {
  const inner = unwrap(member);
  return z.globalRegistry.get(inner)?.description ?? '';
}
