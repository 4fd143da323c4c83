import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ConfigError, helpText, readConfig, type Config, type Sources } from '../src/config.ts';

const nowhere: Sources = { args: [], environment: {}, podNamespace: () => undefined, isTerminal: false };

function configOf(sources: Partial<Sources>): Config {
  const config = readConfig({ ...nowhere, ...sources });
  if (config === 'help') throw new Error('It read --help');
  return config;
}

const defaults: Config = {
  concurrency: 4,
  stoppedTaskSeconds: 3600,
  nodeLossSeconds: 60,
  metricsAddress: { host: '0.0.0.0', port: 8080 },
  healthAddress: { host: '0.0.0.0', port: 8081 },
  logLevel: 'info',
  logFormat: 'json',
};

/** Every flag: its environment variable, a value that is not its default, and what that makes of the configuration. */
const flags: Record<string, { env: string; value: string; want: Partial<Config> }> = {
  kubeconfig: { env: 'KUBECONFIG', value: '/etc/kube', want: { kubeconfig: '/etc/kube' } },
  namespaces: { env: 'ECS_OPERATOR_NAMESPACES', value: 'team-a,b', want: { namespaces: ['team-a', 'b'] } },
  concurrency: { env: 'ECS_OPERATOR_CONCURRENCY', value: '100', want: { concurrency: 100 } },
  'stopped-task-ttl': {
    env: 'ECS_OPERATOR_STOPPED_TASK_TTL',
    value: '604800',
    want: { stoppedTaskSeconds: 604_800 },
  },
  'node-loss-seconds': { env: 'ECS_OPERATOR_NODE_LOSS_SECONDS', value: '86400', want: { nodeLossSeconds: 86_400 } },
  'prometheus-url': {
    env: 'ECS_OPERATOR_PROMETHEUS_URL',
    value: 'https://prometheus:9090/under',
    want: { prometheus: { url: 'https://prometheus:9090/under' } },
  },
  'prometheus-authorization-file': { env: 'ECS_OPERATOR_PROMETHEUS_AUTHORIZATION_FILE', value: '/etc/token', want: {} },
  'kube-api-qps': {
    env: 'ECS_OPERATOR_KUBE_API_QPS',
    value: '10000',
    want: { rateLimit: { perSecond: 10_000, burst: 20_000 } },
  },
  'kube-api-burst': { env: 'ECS_OPERATOR_KUBE_API_BURST', value: '20000', want: {} },
  'leader-election': {
    env: 'ECS_OPERATOR_LEADER_ELECTION',
    value: 'true',
    want: { leaderElection: { namespace: 'default', name: 'ecs-operator' } },
  },
  'leader-election-namespace': { env: 'ECS_OPERATOR_LEADER_ELECTION_NAMESPACE', value: 'ops', want: {} },
  'leader-election-name': { env: 'ECS_OPERATOR_LEADER_ELECTION_NAME', value: 'blue', want: {} },
  'metrics-address': {
    env: 'ECS_OPERATOR_METRICS_ADDRESS',
    value: '[::1]:0',
    want: { metricsAddress: { host: '::1', port: 0 } },
  },
  'health-address': {
    env: 'ECS_OPERATOR_HEALTH_ADDRESS',
    value: 'localhost:65535',
    want: { healthAddress: { host: 'localhost', port: 65535 } },
  },
  'log-level': { env: 'ECS_OPERATOR_LOG_LEVEL', value: 'debug', want: { logLevel: 'debug' } },
  'log-format': { env: 'ECS_OPERATOR_LOG_FORMAT', value: 'text', want: { logFormat: 'text' } },
};

/** A value each flag refuses, and what it says would be right. */
const refusals: readonly { flag: string; value: string; right: RegExp }[] = [
  { flag: 'namespaces', value: 'Team_A', right: /each at most 63 lower-case letters, digits and inner hyphens/ },
  { flag: 'namespaces', value: 'a'.repeat(64), right: /at most 63/ },
  { flag: 'namespaces', value: 'a,b,a', right: /names with commas between, no name twice/ },
  { flag: 'namespaces', value: 'a, b', right: /names with commas between/ },
  { flag: 'namespaces', value: 'a,', right: /names with commas between/ },
  { flag: 'concurrency', value: '0', right: /a whole number from 1 to 100/ },
  { flag: 'concurrency', value: '101', right: /a whole number from 1 to 100/ },
  { flag: 'concurrency', value: '2.5', right: /a whole number from 1 to 100/ },
  { flag: 'concurrency', value: '0x10', right: /a whole number from 1 to 100/ },
  { flag: 'stopped-task-ttl', value: '604801', right: /a whole number from 0 to 604800/ },
  { flag: 'stopped-task-ttl', value: '1h', right: /a whole number from 0 to 604800/ },
  { flag: 'node-loss-seconds', value: '0', right: /a whole number from 1 to 86400/ },
  { flag: 'node-loss-seconds', value: '1m', right: /a whole number from 1 to 86400/ },
  { flag: 'prometheus-url', value: 'prometheus:9090', right: /http:\/\/ or https:\/\/ and a host/ },
  { flag: 'prometheus-url', value: 'ftp://prometheus', right: /http:\/\/ or https:\/\// },
  { flag: 'prometheus-url', value: 'http://prometheus/?a=b', right: /without a user, \? and #/ },
  { flag: 'prometheus-url', value: 'http://prometheus/#a', right: /without a user, \? and #/ },
  { flag: 'kube-api-qps', value: '10001', right: /a whole number from 0 to 10000/ },
  { flag: 'kube-api-qps', value: '-1', right: /a whole number from 0 to 10000/ },
  { flag: 'kube-api-qps', value: '0.5', right: /a whole number from 0 to 10000/ },
  { flag: 'kube-api-burst', value: '0', right: /a whole number from 1 to 20000/ },
  { flag: 'kube-api-burst', value: '20001', right: /a whole number from 1 to 20000/ },
  { flag: 'leader-election', value: 'yes', right: /one of true, false/ },
  { flag: 'leader-election-namespace', value: 'kube/system', right: /at most 63 lower-case letters/ },
  { flag: 'leader-election-name', value: '-x', right: /at most 63 lower-case letters/ },
  { flag: 'metrics-address', value: '8080', right: /HOST:PORT, such as 127\.0\.0\.1:8080/ },
  { flag: 'metrics-address', value: '::1:8080', right: /HOST:PORT/ },
  { flag: 'health-address', value: 'localhost:65536', right: /HOST:PORT/ },
  { flag: 'log-level', value: 'verbose', right: /one of debug, info, warn, error/ },
  { flag: 'log-format', value: 'JSON', right: /one of json, text/ },
];

/** What the command line as a whole is told; each case holds one line that is no flag of ours. */
const misuses: Record<string, { args: readonly string[]; want: RegExp }> = {
  'an unknown flag': { args: ['--namespace', 'a'], want: /^Unknown option '--namespace'\. See --help\.$/ },
  'a flag without its value': {
    args: ['--concurrency'],
    want: /'--concurrency <value>' argument missing\. See --help/,
  },
  'a flag followed by another': { args: ['--namespaces', '--log-level', 'info'], want: /^Option '--namespaces'.*\.$/ },
  'an argument that is no flag': { args: ['run'], want: /^Unexpected argument 'run'.*See --help\.$/ },
};

describe('readConfig', () => {
  it('has a default for everything', () => {
    assert.deepEqual(configOf({}), defaults);
  });

  for (const [flag, { env, value, want }] of Object.entries(flags)) {
    it(`takes --${flag} from the arguments, or else from ${env}`, () => {
      assert.deepEqual(configOf({ args: [`--${flag}`, value] }), { ...defaults, ...want });
      assert.deepEqual(configOf({ environment: { [env]: value } }), { ...defaults, ...want });
      const fromBoth = configOf({ args: [`--${flag}=${value}`], environment: { [env]: 'refused:anywhere?' } });
      assert.deepEqual(fromBoth, { ...defaults, ...want });
    });

    it(`takes an empty ${env} for none`, () => {
      assert.deepEqual(configOf({ environment: { [env]: '' } }), defaults);
    });
  }

  it('takes a burst other than twice the rate', () => {
    const { rateLimit } = configOf({ args: ['--kube-api-qps', '50', '--kube-api-burst', '7'] });
    assert.deepEqual(rateLimit, { perSecond: 50, burst: 7 });
  });

  it('takes a file that lets it into Prometheus', () => {
    const args = ['--prometheus-url', 'http://prometheus', '--prometheus-authorization-file', '/etc/token'];
    const { prometheus } = configOf({ args });
    assert.deepEqual(prometheus, { url: 'http://prometheus', authorizationFile: '/etc/token' });
  });

  it('refuses a password in a URL, and does not repeat it', () => {
    for (const url of ['https://me:secret@prometheus', 'https://secret@prometheus']) {
      assert.throws(() => configOf({ args: ['--prometheus-url', url] }), {
        name: 'ConfigError',
        message: /^--prometheus-url .* is "https:\/\/\.\.\.@prometheus"; it must be .* without a user/,
      });
    }
  });

  it('names the lease', () => {
    const names = ['--leader-election-namespace', 'ops', '--leader-election-name', 'blue'];
    const { leaderElection } = configOf({ args: ['--leader-election', 'true', ...names] });
    assert.deepEqual(leaderElection, { namespace: 'ops', name: 'blue' });
  });

  it("puts the lease into the pod's own namespace unless told another", () => {
    const sources = { args: ['--leader-election=true'], podNamespace: () => 'operators' };
    assert.equal(configOf(sources).leaderElection?.namespace, 'operators');
    const environment = { ECS_OPERATOR_LEADER_ELECTION_NAMESPACE: 'ops' };
    assert.equal(configOf({ ...sources, environment }).leaderElection?.namespace, 'ops');
  });

  it('writes text where a person is likely to read it', () => {
    assert.equal(configOf({ isTerminal: true }).logFormat, 'text');
    assert.equal(configOf({ isTerminal: true, args: ['--log-format=json'] }).logFormat, 'json');
  });

  for (const { flag, value, right } of refusals) {
    const text = JSON.stringify(value.slice(0, 20));
    it(`refuses ${text} for --${flag}, and names the flag, the variable, the value and what would be right`, () => {
      const { env = '' } = flags[flag] ?? {};
      for (const sources of [{ args: [`--${flag}=${value}`] }, { environment: { [env]: value } }]) {
        assert.throws(
          () => configOf(sources),
          (error: unknown) => {
            assert.ok(error instanceof ConfigError);
            assert.ok(error.message.startsWith(`--${flag} (or ${env}) is ${JSON.stringify(value)}; it must be `));
            assert.match(error.message, right);
            assert.match(error.message, /^.* See --help\.$/);
            return true;
          },
        );
      }
    });
  }

  for (const [sentence, { args, want }] of Object.entries(misuses)) {
    it(`refuses ${sentence}`, () => {
      assert.throws(() => configOf({ args }), { name: 'ConfigError', message: want });
    });
  }
});

describe('--help', () => {
  it('wins over everything else that is right in form', () => {
    assert.equal(readConfig({ ...nowhere, args: ['--log-level', 'verbose', '--help'] }), 'help');
  });

  it('tells every flag with its environment variable, and no other', () => {
    const help = helpText('main.js');
    const told = [...help.matchAll(/^ {2}--([a-z-]+) .*\n {6}.*\n {6}Environment: ([A-Z_]+)$/gm)];
    assert.deepEqual(
      told.map(([, flag, env]) => [flag, env]),
      Object.entries(flags).map(([flag, { env }]) => [flag, env]),
    );
    assert.equal([...help.matchAll(/^ {2}--/gm)].length, told.length + 1, 'a flag is told without its variable');
    assert.match(help, /^Usage: node main\.js \[flags\]$/m);
  });

  it('tells the defaults', () => {
    const help = helpText();
    for (const value of ['4', 'false', 'ecs-operator', '0.0.0.0:8080', '0.0.0.0:8081', 'info']) {
      assert.ok(help.includes(` Default: ${value}.\n`), `no default ${value}`);
    }
  });
});
