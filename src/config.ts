import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { errorMessage } from './base/errors.ts';

/** Everything that can be set from outside. This file is the only reader of the arguments and the environment. */
export interface Config {
  readonly kubeconfig?: string;
  /** The only namespaces to look at; absent: all. */
  readonly namespaces?: readonly string[];
  readonly concurrency: number;
  /** Seconds that the records of stopped service tasks are kept; 0 for none. */
  readonly stoppedTaskSeconds: number;
  /** Seconds that a node may not be Ready before its tasks are replaced. */
  readonly nodeLossSeconds: number;
  /** How fast requests to the API server may begin; renewals of the lease are not counted. Without it: no limit. */
  readonly rateLimit?: { readonly perSecond: number; readonly burst: number };
  /** The lease to hold while working; without it this operator is the only one. */
  readonly leaderElection?: { readonly namespace: string; readonly name: string };
  /** Where alarms of deployments are; without it nobody looks at them. */
  readonly prometheus?: { readonly url: string; readonly authorizationFile?: string };
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

const logFormats = ['json', 'text'] as const;

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
    description: 'Kubeconfig file. Without it: ~/.kube/config, else the service account of the pod.',
  },
  namespaces: {
    value: 'NAME[,NAME...]',
    env: 'ECS_OPERATOR_NAMESPACES',
    fallback: '',
    description: 'The only namespaces to look at. Without it: all.',
  },
  concurrency: {
    value: 'N',
    env: 'ECS_OPERATOR_CONCURRENCY',
    fallback: '4',
    description: 'Objects of one kind that are worked on at once, 1 to 100.',
  },
  'stopped-task-ttl': {
    value: 'SECONDS',
    env: 'ECS_OPERATOR_STOPPED_TASK_TTL',
    fallback: '3600',
    description: 'How long the record of a stopped task of a service is kept, 0 to 604800; 0 for no records.',
  },
  'node-loss-seconds': {
    value: 'SECONDS',
    env: 'ECS_OPERATOR_NODE_LOSS_SECONDS',
    fallback: '60',
    description: 'How long a node may not be Ready before the tasks of services on it are replaced, 1 to 86400.',
  },
  'prometheus-url': {
    value: 'URL',
    env: 'ECS_OPERATOR_PROMETHEUS_URL',
    fallback: '',
    description: 'Prometheus, for the alarms of deployments: http://HOST:PORT, or https. Without it: none are watched.',
  },
  'prometheus-authorization-file': {
    value: 'PATH',
    env: 'ECS_OPERATOR_PROMETHEUS_AUTHORIZATION_FILE',
    fallback: '',
    description: 'File with a bearer token for it, or an Authorization header such as Basic dXNlcjpwYXNz.',
  },
  'kube-api-qps': {
    value: 'N',
    env: 'ECS_OPERATOR_KUBE_API_QPS',
    fallback: '0',
    description: 'Requests to the API server per second, 1 to 10000; 0 for no limit.',
  },
  'kube-api-burst': {
    value: 'N',
    env: 'ECS_OPERATOR_KUBE_API_BURST',
    fallback: '',
    description: 'Requests that may go at once after a pause, 1 to 20000. Without it: twice --kube-api-qps.',
  },
  'leader-election': {
    value: 'true|false',
    env: 'ECS_OPERATOR_LEADER_ELECTION',
    fallback: 'false',
    description: 'Whether to work only while holding a lease: true where more than one operator may run.',
  },
  'leader-election-namespace': {
    value: 'NAME',
    env: 'ECS_OPERATOR_LEADER_ELECTION_NAMESPACE',
    fallback: '',
    description: "Namespace of the lease. Without it: the pod's own, else default.",
  },
  'leader-election-name': {
    value: 'NAME',
    env: 'ECS_OPERATOR_LEADER_ELECTION_NAME',
    fallback: 'ecs-operator',
    description: 'Name of the lease; operators that share it take turns.',
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

/** What a setting names cannot be used: a file, a server, a port. One line, for people. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/**
 * What the program is to be: the operator, unless its first argument names a command.
 * @throws ConfigError when a command is given what it does not take.
 */
export function readCommand(args: readonly string[] = process.argv.slice(2)): 'operate' | 'convert' {
  if (args[0] !== 'convert') return 'operate';
  if (args.length === 1) return 'convert';
  throw new ConfigError(
    `convert takes no arguments, but was given ${JSON.stringify(args[1])}: it reads ECS's JSON from its standard input`,
  );
}

/** What `--help` prints. */
export function helpText(program: string = relative('', process.argv[1] ?? '')): string {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const fallback = flag.fallback === '' ? '' : ` Default: ${flag.fallback}.`;
    return `  --${name} ${flag.value}\n      ${flag.description}${fallback}\n      Environment: ${flag.env}`;
  });
  const usage = [
    `Usage: node ${program} [flags]`,
    `       node ${program} convert < ecs.json`,
    '',
    'Runs ECS services as pods. convert turns what the AWS CLI prints of task definitions and services into resources.',
  ];
  return `${usage.join('\n')}\n\nFlags:\n${rows.join('\n')}\n  --help\n      Prints this.\n`;
}

/** What configuration is read from. */
export interface Sources {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The namespace of the pod this process runs in; undefined outside one. */
  readonly podNamespace: () => string | undefined;
  /** Whether a person is likely to read the log. */
  readonly isTerminal: boolean;
}

function ownSources(): Sources {
  const { argv, env, stdout } = process;
  return { args: argv.slice(2), environment: env, podNamespace: readPodNamespace, isTerminal: stdout.isTTY };
}

type Read = (name: FlagName) => string;

/**
 * Reads arguments, then environment, then defaults. An empty value is none.
 * @returns the configuration, or 'help' when `--help` was given.
 * @throws ConfigError
 */
export function readConfig(sources: Sources = ownSources()): Config | 'help' {
  const given = parse(sources.args);
  if (given['help'] === true) return 'help';
  const read: Read = (name) => {
    const value = given[name];
    return (
      (typeof value === 'string' ? value : '') || (sources.environment[flags[name].env] ?? '') || flags[name].fallback
    );
  };
  return {
    ...optional('kubeconfig', read('kubeconfig')),
    ...(read('namespaces') !== '' && { namespaces: dnsLabels('namespaces', read('namespaces')) }),
    concurrency: wholeNumber('concurrency', read('concurrency'), [1, 100]),
    stoppedTaskSeconds: wholeNumber('stopped-task-ttl', read('stopped-task-ttl'), [0, 604_800]),
    nodeLossSeconds: wholeNumber('node-loss-seconds', read('node-loss-seconds'), [1, 86_400]),
    ...prometheus(read),
    ...rateLimit(read),
    ...leaderElection(read, sources.podNamespace),
    metricsAddress: address('metrics-address', read('metrics-address')),
    healthAddress: address('health-address', read('health-address')),
    logLevel: oneOf('log-level', read('log-level'), logLevels),
    logFormat: oneOf('log-format', read('log-format') || (sources.isTerminal ? 'text' : 'json'), logFormats),
  };
}

function optional<Name extends string>(name: Name, value: string): Partial<Record<Name, string>> {
  return value === '' ? {} : ({ [name]: value } as Record<Name, string>);
}

function prometheus(read: Read): Pick<Config, 'prometheus'> {
  const url = read('prometheus-url');
  if (url === '') return {};
  const authorization = optional('authorizationFile', read('prometheus-authorization-file'));
  return { prometheus: { url: webAddress('prometheus-url', url), ...authorization } };
}

/** The burst is looked at even when there is no limit, as the names of a lease are. */
function rateLimit(read: Read): Pick<Config, 'rateLimit'> {
  const perSecond = wholeNumber('kube-api-qps', read('kube-api-qps'), [0, 10_000]);
  const given = read('kube-api-burst');
  const burst = given === '' ? 2 * perSecond : wholeNumber('kube-api-burst', given, [1, 20_000]);
  return perSecond === 0 ? {} : { rateLimit: { perSecond, burst } };
}

/** The names are looked at even when there is no election: a wrong one is not to surface on the day it is switched on. */
function leaderElection(read: Read, podNamespace: () => string | undefined): Pick<Config, 'leaderElection'> {
  const given = read('leader-election-namespace');
  const namespace = given === '' ? (podNamespace() ?? 'default') : dnsLabel('leader-election-namespace', given);
  const name = dnsLabel('leader-election-name', read('leader-election-name'));
  const isOn = oneOf('leader-election', read('leader-election'), ['true', 'false'] as const) === 'true';
  return isOn ? { leaderElection: { namespace, name } } : {};
}

function readPodNamespace(): string | undefined {
  try {
    return readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/namespace', 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

function parse(args: readonly string[]): Record<string, string | boolean | undefined> {
  const options = Object.fromEntries(Object.keys(flags).map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean' } } }).values;
  } catch (cause) {
    // Node adds lines of advice on options that begin with a dash.
    const [said = ''] = errorMessage(cause).split('\n');
    throw new ConfigError(`${said.replace(/\.$/, '')}. See --help.`, { cause });
  }
}

function wholeNumber(name: FlagName, text: string, [min, max]: readonly [number, number]): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw invalid(name, text, `a whole number from ${String(min)} to ${String(max)}`);
}

function oneOf<T extends string>(name: FlagName, text: string, allowed: readonly T[]): T {
  const value = allowed.find((each) => each === text);
  if (value !== undefined) return value;
  throw invalid(name, text, `one of ${allowed.join(', ')}`);
}

const dnsLabelRule = 'at most 63 lower-case letters, digits and inner hyphens';

function isDnsLabel(text: string): boolean {
  return text.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(text);
}

function dnsLabel(name: FlagName, text: string): string {
  if (isDnsLabel(text)) return text;
  throw invalid(name, text, dnsLabelRule);
}

function dnsLabels(name: FlagName, text: string): readonly string[] {
  const labels = text.split(',');
  if (labels.every(isDnsLabel) && new Set(labels).size === labels.length) return labels;
  throw invalid(name, text, `names with commas between, no name twice, each ${dnsLabelRule}`);
}

function address(name: FlagName, text: string): Address {
  const match = /^(?<host>[^:\s]+|\[[^\]\s]+\]):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.['port']);
  if (match && port <= 65535) return { host: (match.groups?.['host'] ?? '').replace(/^\[|\]$/g, ''), port };
  throw invalid(name, text, 'HOST:PORT, such as 127.0.0.1:8080');
}

function webAddress(name: FlagName, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (isPlain && ['http:', 'https:'].includes(url.protocol)) return text;
  const shown = url ? text.replace(/\/\/[^/]*@/, '//...@') : text;
  throw invalid(name, shown, 'http:// or https:// and a host, without a user, ? and #, such as http://prometheus:9090');
}

function invalid(name: FlagName, value: string, right: string): ConfigError {
  return new ConfigError(
    `--${name} (or ${flags[name].env}) is ${JSON.stringify(value)}; it must be ${right}. See --help.`,
  );
}
