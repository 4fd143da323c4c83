/** Structured fields of a log line. */
export type Fields = Readonly<Record<string, unknown>>;

/** The logging port: constant, capitalised, past-tense messages; everything that varies goes into fields. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  /** `error` is what was thrown, whatever its type; the adapter serialises it. */
  error(message: string, error: unknown, fields?: Fields): void;
  /** A logger that adds `fields` to each of its lines. */
  with(fields: Fields): Log;
}

/** Discards everything. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLog,
};
