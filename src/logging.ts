import { createLogger, format, transports, type Logger } from 'winston';
import type { Fields, Log } from './base/log.ts';
import type { Config } from './config.ts';

/** The winston adapter of the log port: JSON lines for a cluster, readable ones for a terminal. */
export function createLog({ logLevel, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>): Log {
  const layout = logFormat === 'json' ? format.json() : format.printf(readable);
  const logger = createLogger({
    level: logLevel,
    format: format.combine(format.timestamp(), layout),
    transports: [new transports.Console()],
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

/** winston writes an Error as `{}`, and a field called `message` would be glued to the message. */
function serialise(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name === 'message' ? 'text' : name, plain(value)]),
  );
}

function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const cause = value.cause === undefined ? {} : { cause: plain(value.cause) };
  return { name: value.name, message: value.message, stack: value.stack, ...cause };
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
