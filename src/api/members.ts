import { z } from 'zod';
import { isRefused, refusedPrefix } from './fields.ts';
import type { Difference, SettledMembers } from './difference.ts';
import { settled } from './settled-members.ts';
import { settledTaskMembers } from './settled-task-members.ts';
import { taskDefinitionKind } from './task-definition.ts';
import { taskKind } from './task.ts';

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
 * The one table: every member of RegisterTaskDefinition with its outcome, in the order of the schema. Refusals are read off
 * the schema (`refused`), the others stand in `settled-members.ts`. A member that is in neither is missing here.
 */
export function taskDefinitionMembers(): readonly Member[] {
  return membersBelow(taskDefinitionKind.spec, { path: '', settled });
}

/** The same of RunTask: what an ECSTask does with it. Refusals are read off its schema, too. */
export function taskMembers(): readonly Member[] {
  return membersBelow(taskKind.spec, { path: '', settled: settledTaskMembers });
}

/** A place in a schema, and the table of what is taken there. */
interface At {
  readonly path: string;
  readonly settled: SettledMembers;
}

function membersBelow(schema: z.core.$ZodType, { path: parent, settled: table }: At): Member[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
  return Object.entries(shape).flatMap(([name, member]) => {
    const path = parent === '' ? name : `${parent}.${name}`;
    const at = { path, settled: table };
    const outcome = outcomeOf(member, at);
    return [...(outcome ? [{ path, outcome }] : []), ...membersOfValue(member, at)];
  });
}

function outcomeOf(member: z.core.$ZodType, { path, settled: table }: At): Outcome | undefined {
  if (isRefused(member)) return { kind: 'refused', why: descriptionOf(member).slice(refusedPrefix.length) };
  const row = table[path];
  if (row === undefined) return undefined;
  const [how, ...differences] = row;
  return { kind: 'honoured', how, differences };
}

function membersOfValue(member: z.core.$ZodType, at: At): Member[] {
  if (isRefused(member)) return [];
  const inner = unwrap(member);
  if (!(inner instanceof z.ZodArray)) return membersBelow(inner, at);
  return membersBelow(unwrap(inner.element), { ...at, path: `${at.path}[]` });
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
