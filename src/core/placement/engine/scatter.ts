/** A number of 32 bits that follows from a text and looks like chance: FNV-1a, stirred. */
export function scatter(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return stir(hash);
}

/** One that follows from two: for each `a`, the order of the `b`s is another. */
export function scatterBoth(a: number, b: number): number {
  return stir(stir(a) + b);
}

/** Every bit of the result depends on every bit of what comes in (the last steps of MurmurHash3). */
function stir(from: number): number {
  const once = Math.imul(from ^ (from >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
