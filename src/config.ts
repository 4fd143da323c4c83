import { parseArgs } from 'node:util';

/** Everything that can be set from outside. This file is the only reader of the arguments and the environment. */
export interface Config {
  readonly kubeconfig?: string;
  readonly namespace?: string;
  readonly concurrency: number;
  readonly metricsAddress: Address;
  readonly healthAddress: Address;
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'text';
}

/** Where a server listens; port 0 takes a free one. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const logLevels = ['debug', 'info', 'warn', 'error'] as const;
type LogLevel = (typeof logLevels)[number];

interface Flag {
  readonly value: string;
  readonly env: string;
  readonly fallback: string;
  readonly description: string;
}

/** Every flag: what `--help` prints, in its order. */
const flags = {
  kubeconfig: {
    value: 'PATH',
    env: 'KUBECONFIG',
    fallback: '',
    description: 'Kubeconfig file. Without it: the service account of the pod, else ~/.kube/config.',
  },
  namespace: {
    value: 'NAME',
    env: 'ECS_OPERATOR_NAMESPACE',
    fallback: '',
    description: 'The only namespace to look at. Without it: all.',
  },
  concurrency: {
    value: 'N',
    env: 'ECS_OPERATOR_CONCURRENCY',
    fallback: '4',
    description: 'Objects of one kind that are worked on at once, 1 to 100.',
  },
  'metrics-address': {
    value: 'HOST:PORT',
    env: 'ECS_OPERATOR_METRICS_ADDRESS',
    fallback: '0.0.0.0:8080',
    description: 'Where /metrics is served; port 0 takes a free one, host: IPv6 in brackets.',
  },
  'health-address': {
    value: 'HOST:PORT',
    env: 'ECS_OPERATOR_HEALTH_ADDRESS',
    fallback: '0.0.0.0:8081',
    description: 'Where /healthz and /readyz are served.',
  },
  'log-level': {
    value: 'LEVEL',
    env: 'ECS_OPERATOR_LOG_LEVEL',
    fallback: 'info',
    description: 'debug, info, warn or error.',
  },
  'log-format': {
    value: 'FORMAT',
    env: 'ECS_OPERATOR_LOG_FORMAT',
    fallback: '',
    description: 'json or text. Without it: text on a terminal, json elsewhere.',
  },
} as const satisfies Record<string, Flag>;

type FlagName = keyof typeof flags;

/** A setting that cannot be used; the message names the flag, the value and what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** What `--help` prints. */
export function helpText(): string {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const fallback = flag.fallback === '' ? '' : ` Default: ${flag.fallback}.`;
    return `  --${name} ${flag.value}\n      ${flag.description}${fallback}\n      Environment: ${flag.env}`;
  });
  return `Usage: node src/main.ts [flags]\n\nRuns ECS services as pods.\n\nFlags:\n${rows.join('\n')}\n  --help\n      Prints this.\n`;
}

/**
 * Reads arguments, then environment, then defaults.
 * @returns the configuration, or 'help' when `--help` was given.
 * @throws ConfigError
 */
export function readConfig(
  args: readonly string[] = process.argv.slice(2),
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Config | 'help' {
  const given = parse(args);
  if (given['help'] === true) return 'help';
  const read = (name: FlagName): string => {
    const value = given[name];
    return typeof value === 'string' ? value : (environment[flags[name].env] ?? flags[name].fallback);
  };
  const kubeconfig = read('kubeconfig');
  const namespace = read('namespace');
  return {
    ...(kubeconfig !== '' && { kubeconfig }),
    ...(namespace !== '' && { namespace }),
    concurrency: wholeNumber('concurrency', read('concurrency'), [1, 100]),
    metricsAddress: address('metrics-address', read('metrics-address')),
    healthAddress: address('health-address', read('health-address')),
    logLevel: oneOf('log-level', read('log-level'), logLevels),
    logFormat: oneOf('log-format', read('log-format') || defaultFormat(), ['json', 'text'] as const),
  };
}

function parse(args: readonly string[]): Record<string, string | boolean | undefined> {
  const options = Object.fromEntries(Object.keys(flags).map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean' } } }).values;
  } catch (cause) {
    throw new ConfigError(`${cause instanceof Error ? cause.message : String(cause)}. See --help.`, { cause });
  }
}

function defaultFormat(): string {
  return process.stdout.isTTY ? 'text' : 'json';
}

function wholeNumber(name: FlagName, text: string, [min, max]: readonly [number, number]): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalid(name, text, `a whole number from ${String(min)} to ${String(max)}`);
}

function oneOf<T extends string>(name: FlagName, text: string, allowed: readonly T[]): T {
  const value = allowed.find((each) => each === text);
  if (value !== undefined) return value;
  throw invalid(name, text, allowed.join(', '));
}

function address(name: FlagName, text: string): Address {
  const match = /^(?<host>[^:\s]+|\[[^\]\s]+\]):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.['port']);
  if (match && port <= 65535) return { host: (match.groups?.['host'] ?? '').replace(/^\[|\]$/g, ''), port };
  throw invalid(name, text, 'HOST:PORT, such as 127.0.0.1:8080');
}

function invalid(name: FlagName, value: string, right: string): ConfigError {
  return new ConfigError(
    `--${name} (or ${flags[name].env}) is ${JSON.stringify(value)}; it must be ${right}. See --help.`,
  );
}
