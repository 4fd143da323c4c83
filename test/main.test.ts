import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { eventually } from './support/cluster.ts';
import { freePorts, logOf, runProgram, scrape, started, valueOf, type End, type Program } from './support/program.ts';
import { ScriptedServer } from './support/scripted-server.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');

/** How long an operator that is told to stop may take, in milliseconds. */
const stopMs = 5_000;

describe('the operator as a process', function () {
  this.timeout(60_000);
  let dir: string;
  let server: ScriptedServer;
  let programs: Program[];

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'ecs-operator-main-'));
  });

  after(() => {
    rmSync(dir, { recursive: true });
  });

  beforeEach(async () => {
    server = await ScriptedServer.start();
    programs = [];
  });

  afterEach(async () => {
    for (const program of programs) program.kill('SIGKILL');
    await server.stop();
  });

  function start(...args: readonly string[]): Program {
    const program = runProgram([...args, ...freePorts]);
    programs.push(program);
    return program;
  }

  function write(name: string, text: string): string {
    const file = join(dir, name);
    writeFileSync(file, text);
    return file;
  }

  /** A kubeconfig, in JSON, which YAML contains. */
  function kubeconfigFor(url: string): string {
    const entry = <K extends string>(kind: K, value: object) => [{ name: 'x', [kind]: value }];
    const context = { cluster: 'x', user: 'x' };
    const lists = {
      clusters: entry('cluster', { server: url, 'insecure-skip-tls-verify': true }),
      users: entry('user', { token: 't' }),
    };
    return write(
      'kubeconfig',
      JSON.stringify({ ...lists, contexts: entry('context', context), 'current-context': 'x' }),
    );
  }

  /** Starts an operator on the scripted server, and answers what it asks first: whether there is an API server. */
  async function startOnServer(...args: readonly string[]): Promise<Program> {
    const program = start('--kubeconfig', kubeconfigFor(server.url), ...args);
    const { path, reply } = await nextRequest();
    assert.equal(path, '/version');
    reply(200, { major: '1' });
    return program;
  }

  async function nextRequest() {
    const received = await server.next();
    return { path: received.path, reply: received.reply.bind(received) };
  }

  async function healthOf(program: Program, path: string): Promise<{ status: number; text: string }> {
    const { health } = await started(program);
    const answer = await fetch(`${health}${path}`);
    return { status: answer.status, text: await answer.text() };
  }

  /** It says one line, without a stack, and ends. */
  async function refusal(program: Program, want: { readonly code: number; readonly says: RegExp }): Promise<void> {
    const { code } = await program.exited;
    assert.match(program.stderr(), /^.+\n$/);
    assert.match(program.stderr(), want.says);
    assert.equal(program.stdout(), '');
    assert.equal(code, want.code);
  }

  async function stop(
    program: Program,
    signal: NodeJS.Signals = 'SIGTERM',
  ): Promise<End & { readonly afterMs: number }> {
    const toldMs = Date.now();
    program.kill(signal);
    return { ...(await program.exited), afterMs: Date.now() - toldMs };
  }

  async function stopsWell(program: Program): Promise<void> {
    const { code, afterMs } = await stop(program);
    assert.equal(code, 0, program.stderr());
    assert.ok(afterMs < stopMs, `it took ${String(afterMs)} ms`);
  }

  it('prints its help and nothing else', async () => {
    const program = start('--help');
    assert.equal((await program.exited).code, 0);
    assert.match(program.stdout(), /^Usage: node src\/main\.ts \[flags\]\n/);
    assert.equal(program.stderr(), '');
  });

  it('ends with exit code 2 and one line over a setting it cannot use', async () => {
    await refusal(start('--concurrency', 'many'), { code: 2, says: /--concurrency .* "many".* 1 to 100/ });
    await refusal(start('--nonsense'), { code: 2, says: /'--nonsense'/ });
  });

  const kubeconfigs: Record<string, { make: () => string; says: RegExp }> = {
    'is not there': { make: () => '/nonexistent/kubeconfig', says: /\/nonexistent\/kubeconfig does not exist/ },
    'is a directory': { make: () => dir, says: /cannot be read: EISDIR/ },
    'is no YAML': { make: () => write('broken.yaml', 'a: [\n b: {'), says: /broken\.yaml cannot be read/ },
    'names no cluster': { make: () => write('empty.yaml', 'kind: Config\n'), says: /empty\.yaml names no cluster/ },
    'leads to a port where nobody listens': {
      make: () => kubeconfigFor('http://127.0.0.1:1'),
      says: /kubeconfig leads to no API server that lets us in: .*ECONNREFUSED/,
    },
  };

  for (const [sentence, { make, says }] of Object.entries(kubeconfigs)) {
    it(`ends with one line naming the kubeconfig when that ${sentence}`, async () => {
      const file = make();
      const program = start('--kubeconfig', file);
      await refusal(program, { code: 1, says });
      assert.ok(program.stderr().includes(file));
    });
  }

  it('ends with one line naming the kubeconfig when the API server does not know its user', async () => {
    const program = start('--kubeconfig', kubeconfigFor(server.url));
    (await nextRequest()).reply(401, { message: 'Unauthorized' });
    await refusal(program, { code: 1, says: /kubeconfig leads to no API server that lets us in: Unauthorized/ });
  });

  it('goes on when the API server only keeps its version to itself', async () => {
    const program = start('--kubeconfig', kubeconfigFor(server.url));
    (await nextRequest()).reply(403, { message: 'forbidden' });
    assert.equal((await healthOf(program, '/healthz')).status, 200);
    await stopsWell(program);
  });

  it('ends with one line naming the address that it cannot listen on', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = `127.0.0.1:${String((other.address() as { port: number }).port)}`;
    // The last of several wins; the metrics are being served already when the other port turns out to be taken.
    const program = runProgram(['--kubeconfig', kubeconfigFor(server.url), ...freePorts, '--health-address', address]);
    programs.push(program);
    (await nextRequest()).reply(200, {});
    await refusal(program, { code: 1, says: new RegExp(`Cannot listen on ${address}: .*EADDRINUSE`) });
    other.close();
  });

  it('stops when it is told to while it is still being loaded', async () => {
    // It gets the signal as soon as the loading of its largest part begins.
    const loadAndTell = `
      import { registerHooks } from 'node:module';
      const resolve = (specifier, context, next) => {
        if (specifier === '@kubernetes/client-node') process.kill(process.pid, 'SIGTERM');
        return next(specifier, context);
      };
      registerHooks({ resolve });
      await import('${pathToFileURL(join(root, 'src/main.ts')).href}');
    `;
    const program = runProgram(['--kubeconfig', kubeconfigFor(server.url), ...freePorts], {
      main: write('early.mjs', loadAndTell),
    });
    programs.push(program);
    assert.deepEqual(await program.exited, { code: 0, signal: null }, program.stderr());
    assert.deepEqual([program.stdout(), program.stderr(), server.waiting], ['', '', 0]);
  });

  it('stops in time while it waits for an API server that does not answer', async () => {
    const program = start('--kubeconfig', kubeconfigFor(server.url));
    await server.next();
    await stopsWell(program);
  });

  it('stops in time while a connection to the API server hangs in its handshake', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const url = `https://127.0.0.1:${String((mute.address() as { port: number }).port)}`;
    const program = start('--kubeconfig', kubeconfigFor(url));
    await once(mute, 'connection');
    await stopsWell(program);
    mute.close();
  });

  it('lives but is not ready, and says why, until everything is listed; and stops in time meanwhile', async () => {
    const program = await startOnServer();
    await server.next();
    assert.deepEqual(await healthOf(program, '/healthz'), { status: 200, text: 'ok\n' });
    const ready = await healthOf(program, '/readyz');
    assert.deepEqual(ready, { status: 503, text: 'Waiting for the first list of everything watched\n' });
    await stopsWell(program);
  });

  it('is not ready before it has seen the lease, lists nothing, and stops in time meanwhile', async () => {
    const program = await startOnServer('--leader-election', 'true', '--leader-election-namespace', 'ops');
    const { path } = await nextRequest();
    assert.equal(path, '/apis/coordination.k8s.io/v1/namespaces/ops/leases/ecs-operator');
    const ready = await healthOf(program, '/readyz');
    assert.deepEqual(ready, { status: 503, text: 'Waiting for a first look at the lease\n' });
    assert.equal(server.waiting, 0);
    await stopsWell(program);
  });

  it('limits the rate of its requests when told to, but not of those for its lease', async () => {
    const program = await startOnServer('--kube-api-qps', '100', '--leader-election', 'true');
    assert.match((await nextRequest()).path, /\/leases\//);
    const { metrics } = await started(program);
    assert.equal(valueOf(await scrape(metrics), 'operator_kube_rate_limit_wait_seconds_count'), 1);
    await stopsWell(program);
  });

  it('ends at once at the second signal', async () => {
    const program = await startOnServer('--leader-election', 'true', '--leader-election-namespace', 'ops');
    const lease = await nextRequest();
    lease.reply(404, { reason: 'NotFound' });
    // It is taking the lease, which no stop cuts short.
    await server.next();
    program.kill('SIGTERM');
    await eventually(async () => assert.equal(logOf(program).at(-1)?.message, 'Stop requested'));
    assert.equal((await stop(program, 'SIGINT')).signal, 'SIGINT');
  });

  it('writes a log of JSON lines with level, message and timestamp', async () => {
    const program = await startOnServer('--log-level', 'debug');
    // One warning with an error in it, from a list that is refused.
    (await nextRequest()).reply(500, { message: 'etcd is away' });
    await eventually(async () => assert.ok(logOf(program).some(({ level }) => level === 'warn')));
    await stopsWell(program);
    const lines = logOf(program);
    for (const { level, message, timestamp } of lines) {
      assert.match(level, /^(debug|info|warn|error)$/);
      assert.match(message, /^[A-Z]/);
      assert.equal(new Date(timestamp).toISOString(), timestamp);
    }
    assert.equal(lines[0]?.message, 'Operator started');
    assert.deepEqual([lines.at(-1)?.message, lines.at(-1)?.['outcome']], ['Operator stopped', 'stopped']);
    assert.ok(lines.some(({ error }) => String(error).includes('etcd is away')));
    assert.equal(program.stderr(), '');
  });

  it('is built into JavaScript that runs without the sources', async () => {
    const out = join(dir, 'dist');
    await run(join(root, 'node_modules/.bin/tsc'), ['-p', join(root, 'src/tsconfig.build.json'), '--outDir', out]);
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
    write('package.json', '{ "type": "module" }');
    const program = runProgram(['--help'], { main: join(out, 'main.js') });
    assert.equal((await program.exited).code, 0, program.stderr());
    assert.match(program.stdout(), /^Usage: node .*main\.js \[flags\]\n/);
  });
});
