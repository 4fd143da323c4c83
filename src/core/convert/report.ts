/** What became of one member of the input. */
export interface Fate {
  /**
   * kept: as it was; changed: in another form; implied: it says what happens anyway, or what ECS itself has written;
   * lost: it has no place here.
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
  readonly fates: readonly Fate[];
}

/** The report of a conversion, for people: the losses last, where they are seen. */
export function reportText({ source, resource, fates }: Converted): string {
  const { kind, metadata } = resource;
  const kept = fates.filter((fate) => fate.kind === 'kept').map(({ path }) => path);
  const lost = fates.filter((fate) => fate.kind === 'lost').length;
  return [
    `${source} -> ${kind} ${metadata.name}`,
    `  kept: ${kept.join(', ')}`,
    ...told(fates, 'changed'),
    ...told(fates, 'implied'),
    ...told(fates, 'lost'),
    `  ${lost === 0 ? 'Nothing is lost.' : `${String(lost)} lost.`} The API server checks what is kept when it is applied.`,
    '',
  ].join('\n');
}

/** A line for each reason. */
function told(fates: readonly Fate[], kind: Fate['kind']): string[] {
  const reasons = Map.groupBy(
    fates.filter((fate) => fate.kind === kind),
    ({ why }) => why,
  );
  return [...reasons].map(([why, same]) => `  ${kind}: ${same.map(({ path }) => path).join(', ')} (${why})`);
}
