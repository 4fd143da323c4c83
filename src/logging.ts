import type { Writable } from 'node:stream';
import { createLogger, format, transports, type Logger } from 'winston';
import type { Fields, Log } from './base/log.ts';
import type { Config } from './config.ts';

/** The winston adapter of the log port: JSON lines for a cluster, readable ones for a terminal. */
export function createLog(
  { logLevel, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>,
  output: Writable = process.stdout,
): Log {
  const layout = logFormat === 'json' ? format.json() : format.printf(readable);
  const logger = createLogger({
    level: logLevel,
    format: format.combine(format.timestamp(), layout),
    transports: [new transports.Stream({ stream: output })],
  });
  return adapt(logger, {});
}

function adapt(logger: Logger, base: Fields): Log {
  const write = (level: string, message: string, fields: Fields | undefined): void => {
    if (!logger.isLevelEnabled(level)) return;
    logger.log(level, message, serialise({ ...base, ...fields }));
  };
  return {
    debug: (message, fields) => {
      write('debug', message, fields);
    },
    info: (message, fields) => {
      write('info', message, fields);
    },
    warn: (message, fields) => {
      write('warn', message, fields);
    },
    error: (message, error, fields) => {
      write('error', message, { ...fields, error });
    },
    with: (fields) => adapt(logger, { ...base, ...fields }),
  };
}

/** Names of fields that winston writes itself, or glues to the message. */
const reserved: ReadonlySet<string> = new Set(['level', 'message', 'timestamp', 'stack']);

/** Fields with a reserved name get an underscore in front. */
function serialise(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [reserved.has(name) ? `_${name}` : name, plain(value)]),
  );
}

/** Below that an object is only named: a cycle must not end the process that logs it. */
const deepest = 6;

/** What JSON can hold. Left alone, an Error would be written as `{}`, and a bigint would throw. */
function plain(value: unknown, depth = 0): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth === deepest) return '[deeper]';
  if (Array.isArray(value)) return value.map((each) => plain(each, depth + 1));
  const members = Object.entries(value instanceof Error ? membersOf(value) : value);
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member, depth + 1)]));
}

function membersOf(error: Error): object {
  const { name, message, stack, cause } = error;
  // What went wrong with each address of a host is in `errors` alone, beside an empty message.
  return { name, message, stack, cause, ...(error instanceof AggregateError && { errors: error.errors as unknown[] }) };
}

/** `12:00:00 info  Manager started  concurrency=4` */
function readable({ timestamp, level, message, ...fields }: Readonly<Record<string, unknown>>): string {
  const time = String(timestamp).slice(11, 19);
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${textOf(value)}`);
  return [time, level, String(message), ...rest].join(' ');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return /\s/.test(value) ? JSON.stringify(value) : value;
  const error = value as { readonly name?: unknown; readonly message?: unknown; readonly stack?: unknown } | null;
  if (typeof error?.stack === 'string') return JSON.stringify(`${String(error.name)}: ${String(error.message)}`);
  return JSON.stringify(value);
}
