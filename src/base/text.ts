/** `text`, cut to at most `max` characters; a cut shows as `…`. */
export function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
