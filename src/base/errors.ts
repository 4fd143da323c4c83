/** An error that trying again cannot mend: the reconcile records it and does not retry until the object changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** The text of whatever was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
