import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { receivedMs, restViolations, type AuditEntry } from '../../support/audit-check.ts';
import { auditOf, passesTheAudit, podsCreated } from '../../support/audit.ts';
import {
  applyAll,
  eventually,
  kubectl,
  kubectlJson,
  makeNamespace,
  onlyIn,
  operatorKubeconfig,
} from '../../support/cluster.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { manifestsIn } from '../../support/manifests.ts';
import { grantLease } from '../../support/rights.ts';
import {
  freePorts,
  logOf,
  runProgram,
  scrape,
  started,
  valueOf,
  type Program,
  type Started,
} from '../../support/program.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `leader-test-${String(process.pid)}`;
const manifests = manifestsIn(namespace);

/** How long the operators are watched at rest; ten minutes see more than ten seconds. */
const restMs = Number(process.env['ECS_OPERATOR_TEST_REST_SECONDS'] ?? '10') * 1000;

/** An operator of this test, which works only while it holds the lease. */
interface Operator extends Started {
  readonly program: Program;
  /** Its way to the API server. */
  readonly proxy: FaultProxy;
}

/** Every one that was started. */
const operators: Operator[] = [];

async function startOperator(): Promise<Operator> {
  const lease = ['--leader-election', 'true', '--leader-election-namespace', namespace];
  const proxy = await FaultProxy.to(operatorKubeconfig());
  const program = runProgram(['--kubeconfig', proxy.kubeconfig, ...onlyIn(namespace), ...lease, ...freePorts]);
  const operator = { program, proxy, ...(await started(program)) };
  operators.push(operator);
  return operator;
}

/** What one operator asked of the API server in the namespace, in order. */
function requestsOf({ identity }: Operator): readonly AuditEntry[] {
  return auditOf(namespace).filter(({ userAgent }) => userAgent === `ecs-operator/${identity}`);
}

/** Whatever came of it. */
function isWork({ verb, objectRef }: AuditEntry): boolean {
  return ['create', 'update', 'patch', 'delete'].includes(verb) && objectRef?.resource !== 'leases';
}

async function holder(): Promise<string> {
  const lease = await kubectlJson<{ spec: { holderIdentity: string } }>(
    'get',
    '-n',
    namespace,
    'lease',
    'ecs-operator',
  );
  return lease.spec.holderIdentity;
}

/** Milliseconds from `sinceMs` until the operator gained the lease. */
async function gainedAfter({ program }: Operator, sinceMs: number): Promise<number> {
  const line = await eventually(async () => {
    const found = logOf(program).find(({ message }) => message === 'Lease gained');
    assert.ok(found);
    return found;
  });
  return Date.parse(line.timestamp) - sinceMs;
}

function waitReady(): Promise<string> {
  return kubectl(['wait', '-n', namespace, 'ecssvc/web', '--for=condition=Ready', '--timeout=60s']);
}

async function waitForRevision(revision: string): Promise<void> {
  await eventually(async () => {
    const jsonPath = '-o=jsonpath={.status.taskDefinition}';
    assert.equal(await kubectl(['get', '-n', namespace, 'ecssvc/web', jsonPath]), revision);
  });
}

/** Begins a deployment, and returns when the first of its tasks have been started. */
async function beginDeployment(image: string): Promise<void> {
  const before = podsCreated(namespace).length;
  await applyAll(manifests.taskDefinition('web', image));
  await eventually(async () => assert.ok(podsCreated(namespace).length > before));
}

describe('leader election on a real API server', function () {
  this.timeout(120_000);
  /** The one that works, and the one that waits. */
  let leader: Operator;
  let candidate: Operator;

  before(async () => {
    await makeNamespace(namespace);
    await grantLease(namespace);
    const both = await Promise.all([startOperator(), startOperator()]);
    await eventually(async () => assert.ok(both.some(({ program }) => logOf(program).some(isGain))));
    const name = await holder();
    [leader, candidate] = both[0].identity === name ? both : [both[1], both[0]];
  });

  after(async () => {
    for (const { program } of operators) program.kill('SIGKILL');
    await Promise.all(operators.map(({ proxy }) => proxy.close()));
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

  const isGain = ({ message }: { readonly message: string }): boolean => message === 'Lease gained';

  /** The candidate is the leader now, and a new one waits. */
  async function moveUp(): Promise<void> {
    leader = candidate;
    candidate = await startOperator();
  }

  it('lets one of two operators work, and the other be ready', async () => {
    await applyAll(
      manifests.cluster(),
      manifests.taskDefinition('web', 'registry.example/web:1'),
      manifests.service('web', 6),
    );
    await waitReady();
    assert.ok(requestsOf(leader).some(isWork));
    assert.deepEqual(requestsOf(candidate).filter(isWork), []);
    const ready = await fetch(`${candidate.health}/readyz`);
    assert.equal(ready.status, 200);
    assert.equal(await ready.text(), `ok, waiting for the lease, which is held by "${leader.identity}"\n`);
    const [works, waits] = [await scrape(leader.metrics), await scrape(candidate.metrics)];
    assert.deepEqual([valueOf(works, 'operator_leader'), valueOf(waits, 'operator_leader')], [1, 0]);
    assert.equal(valueOf(works, 'ecs_service_running_tasks'), 6);
    assert.equal(valueOf(waits, 'ecs_service_running_tasks'), undefined);
  });

  it('costs one request in two seconds for each, and nothing else is asked at rest', async function () {
    this.timeout(restMs + 60_000);
    // The last statuses of what was before are written, a second apart.
    await delay(3_000);
    const fromMs = Date.now();
    await delay(restMs);
    const rest = { fromMs, toMs: Date.now() };
    for (const [operator, verb] of [[leader, 'update'] as const, [candidate, 'get'] as const]) {
      assert.deepEqual(restViolations(auditOf(namespace), rest, operator), []);
      const asked = requestsOf(operator).filter((entry) => receivedMs(entry) >= fromMs);
      assert.ok(asked.length >= (restMs / 2_000) * 0.8, `${String(asked.length)} requests in ${String(restMs)} ms`);
      assert.ok(asked.every((entry) => entry.verb === verb));
    }
  });

  it('hands over within three seconds when the leader is told to stop', async () => {
    const toldMs = Date.now();
    leader.program.kill('SIGTERM');
    const applied = applyAll(manifests.service('web', 8));
    const tookMs = await gainedAfter(candidate, toldMs);
    assert.deepEqual(await leader.program.exited, { code: 0, signal: null });
    assert.ok(tookMs < 3_000, `it took ${String(tookMs)} ms`);
    assert.equal(await holder(), candidate.identity);
    await applied;
    await waitReady();
    assert.equal(podsCreated(namespace).length, 8);
    await moveUp();
  });

  it('hands over within twenty seconds when the leader is killed in the middle of a deployment', async () => {
    await beginDeployment('registry.example/web:2');
    const killedMs = Date.now();
    leader.program.kill('SIGKILL');
    const tookMs = await gainedAfter(candidate, killedMs);
    assert.ok(tookMs > 10_000, `it took only ${String(tookMs)} ms: others may still have believed in the lease`);
    assert.ok(tookMs < 20_000, `it took ${String(tookMs)} ms`);
    await waitForRevision('web:2');
    await waitReady();
    await moveUp();
  });

  it('is not harmed by a leader that sleeps past its lease and wakes up', async () => {
    await beginDeployment('registry.example/web:3');
    const sleeper = leader;
    sleeper.program.kill('SIGSTOP');
    await gainedAfter(candidate, Date.now());
    await waitForRevision('web:3');
    // Work that the sleeper would do too, had it not been told.
    await applyAll(manifests.service('web', 10));
    await waitReady();
    const done = requestsOf(sleeper).filter(isWork).length;
    sleeper.program.kill('SIGCONT');
    assert.deepEqual(await sleeper.program.exited, { code: 1, signal: null });
    assert.equal(requestsOf(sleeper).filter(isWork).length, done, 'it worked after it woke up');
    assert.ok(logOf(sleeper.program).some(({ level, message }) => level === 'error' && message === 'Lease lost'));
    assert.equal(await holder(), candidate.identity);
    await moveUp();
  });

  it('makes a lease again that somebody deletes, without a change of leader', async () => {
    await kubectl(['delete', '-n', namespace, 'lease', 'ecs-operator']);
    await eventually(async () => assert.equal(await holder(), leader.identity));
    await delay(3_000);
    assert.equal(leader.program.end(), undefined);
    assert.equal(logOf(candidate.program).filter(isGain).length, 0);
  });

  it('is not harmed by a leader that is cut off from the API server: it ends before another may begin', async () => {
    await waitReady();
    const cutMs = Date.now();
    // What is sent arrives nowhere, and nobody is told.
    leader.proxy.hold();
    assert.deepEqual(await leader.program.exited, { code: 1, signal: null });
    const endedAfterMs = Date.now() - cutMs;
    const tookMs = await gainedAfter(candidate, cutMs);
    assert.ok(endedAfterMs < 11_000, `it ended after ${String(endedAfterMs)} ms`);
    assert.ok(tookMs > endedAfterMs && tookMs < 20_000, `the next began after ${String(tookMs)} ms`);
    await moveUp();
  });

  it('starts as many tasks as were asked for, and no more', () => {
    assert.equal(podsCreated(namespace).length, 6 + 2 + 8 + 8 + 2);
  });

  passesTheAudit(namespace);
});
