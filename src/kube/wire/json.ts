/** What Go's encoder writes otherwise than `JSON.stringify` (encoding/json, HTMLEscape): the same value in other bytes. */
const escaped = /[<>&\u2028\u2029]/g;

/**
 * JSON in the bytes that the API server keeps. The data of a ControllerRevision is kept as it was sent and never changes;
 * a patch of its metadata writes it anew by Go's rules, and other bytes than before are refused as a change: a shell
 * command with `>` or `&&` in it would make a record that takes no annotation.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replace(escaped, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
