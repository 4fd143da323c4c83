/** A regular expression, as far as one is needed to tell texts apart. */
export type Pattern =
  | { readonly kind: 'character'; readonly accepts: Accepts }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Pattern[] }
  /** @param max Infinity where there is no bound. */
  | { readonly kind: 'repeat'; readonly part: Pattern; readonly min: number; readonly max: number };

export type Accepts = (character: string) => boolean;

/** How many states it takes to match it: repetitions are written out. */
export function sizeOf(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'character':
    case 'start':
    case 'end':
      return 1;
    case 'sequence':
    case 'choice':
      return pattern.parts.reduce((sum, part) => sum + sizeOf(part), 1);
    case 'repeat':
      return (sizeOf(pattern.part) + 1) * (pattern.max === Infinity ? pattern.min + 1 : pattern.max);
  }
}
