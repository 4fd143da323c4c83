import type { Supported } from '../../api/supported.ts';
import type { Decision } from './decisions.ts';

/** What became of one member of the input. */
export interface Fate {
  /**
   * kept: as it was; changed: in another form; implied: it says what happens anyway, sets nothing, or is what ECS itself
   * has written; lost: it has no place here.
   */
  readonly kind: 'kept' | 'changed' | 'implied' | 'lost';
  readonly path: string;
  /** What it was changed to, or why it is left out; empty for what is kept. */
  readonly why: string;
}

/** One resource that came out, and what became of every member that went in. */
export interface Converted {
  /** What it was: `task definition web:7`. */
  readonly source: string;
  readonly resource: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly spec: Readonly<Record<string, unknown>>;
  };
  /** Of every leaf of the input, its own or that of a member it is in. */
  readonly fates: readonly Fate[];
  /** What somebody has to add before the API server takes the resource. */
  readonly decisions: readonly Decision[];
}

/** The fates of what a schema has sorted. */
export function fatesOf({ paths, unset, left }: Supported): Fate[] {
  return [
    ...paths.map((path): Fate => ({ kind: 'kept', path, why: '' })),
    ...unset.map((path): Fate => ({ kind: 'implied', path, why: 'nothing is set' })),
    ...left.map(({ path, reason }): Fate => ({ kind: 'lost', path, why: reason })),
  ];
}

/** The report of a conversion, for people: what they have to look at comes last, where it is seen. */
export function reportText({ source, resource, fates, decisions }: Converted): string {
  const { kind, metadata } = resource;
  const kept = fates.filter((fate) => fate.kind === 'kept').map(({ path }) => path);
  const lost = fates.filter((fate) => fate.kind === 'lost').length;
  return [
    `${source} -> ${kind} ${metadata.name}`,
    `  kept: ${kept.join(', ')}`,
    ...told(fates, 'changed'),
    ...told(fates, 'implied'),
    ...told(fates, 'lost'),
    ...decisions.map(({ path, what }) => `  to decide: ${path} (${what})`),
    `  ${summary(lost, decisions.length)} The API server checks what is kept when it is applied.`,
    '',
  ].join('\n');
}

function summary(lost: number, toDecide: number): string {
  const losses = lost === 0 ? 'Nothing is lost' : `${String(lost)} lost`;
  return toDecide === 0 ? `${losses}.` : `${losses}, ${String(toDecide)} to decide.`;
}

/** A line for each reason. */
function told(fates: readonly Fate[], kind: Fate['kind']): string[] {
  const reasons = Map.groupBy(
    fates.filter((fate) => fate.kind === kind),
    ({ why }) => why,
  );
  return [...reasons].map(([why, same]) => `  ${kind}: ${same.map(({ path }) => path).join(', ')} (${why})`);
}
