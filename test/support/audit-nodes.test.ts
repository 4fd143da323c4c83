import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { auditViolations } from './audit-check.ts';
import { AuditScript, other } from './audit-script.ts';

const staleMs = 3_000;
const nodeLossMs = 60_000;
const outOfService = 'node.kubernetes.io/out-of-service';

/** The service, whose first task is on one node and the others on another. */
function spread(): AuditScript {
  return new AuditScript()
    .ready('one', 'True')
    .ready('two', 'True')
    .service()
    .start([1, 2, 3])
    .bind([1], 'one')
    .bind([2, 3], 'two')
    .status([1, 2, 3])
    .pass(60_000);
}

/** The first task has been on a silent node for that long. */
function silentFor(ms: number): AuditScript {
  // On a whole second, as the condition tells it.
  const log = spread();
  log.pass(1_000 - ((log.nowMs + 10) % 1_000)).ready('one', 'Unknown');
  return log.pass(ms - 10);
}

describe('auditViolations, where nodes are lost,', () => {
  describe('finds', () => {
    const cases: Record<string, { plant: () => AuditScript; want: RegExp }> = {
      'a start above the maximum when a node has not been silent for long enough': {
        plant: () => silentFor(nodeLossMs - 20).start([4, 5]),
        want: /A start leaves service web with 5 live tasks, above 4/,
      },
      'a start above the maximum when a node that was lost is back for a while': {
        plant: () => silentFor(nodeLossMs).ready('one', 'True').pass(staleMs).start([4, 5]),
        want: /with 5 live tasks, above 4/,
      },
      'a start above the maximum when a node that was out of service is back for a while': {
        plant: () => spread().taint('one', outOfService).taint('one').pass(staleMs).start([4, 5]),
        want: /with 5 live tasks, above 4/,
      },
      'a start above the maximum before a task is put on a lost node': {
        plant: () =>
          new AuditScript()
            .service()
            .start([1, 2, 3])
            .ready('one', 'Unknown')
            .pass(nodeLossMs)
            .start([4, 5])
            .bind([1], 'one'),
        want: /with 5 live tasks, above 4/,
      },
      'a start above the maximum when another node is lost': {
        plant: () => spread().ready('three', 'Unknown').pass(nodeLossMs).start([4, 5]),
        want: /with 5 live tasks, above 4/,
      },
      'a start above the maximum when a node is tainted for something else': {
        plant: () => spread().taint('one', 'node.kubernetes.io/unschedulable').start([4, 5]),
        want: /with 5 live tasks, above 4/,
      },
      'one start too many when a task is lost': {
        plant: () => silentFor(nodeLossMs).start([4, 5, 6]),
        want: /with 5 live tasks, above 4/,
      },
      'a start above the maximum when a lost node was made anew a while ago': {
        plant: () =>
          spread().ask('delete nodes one').ask('create nodes one', {}, { code: 201 }).pass(staleMs).start([4, 5]),
        want: /with 5 live tasks, above 4/,
      },
      'a stop when another task was lost with its node a while ago': {
        plant: () => silentFor(nodeLossMs + staleMs).stop([2]),
        want: /A stop leaves service web with 1 healthy tasks, below 2/,
      },
      'the same when the node is not Ready': {
        plant: () =>
          spread()
            .ready('one', 'False')
            .pass(nodeLossMs + staleMs)
            .stop([2]),
        want: /with 1 healthy tasks, below 2/,
      },
      'the same when its status was written again meanwhile': {
        plant: () => {
          const log = silentFor(nodeLossMs);
          return log
            .ready('one', 'Unknown', log.nowMs - nodeLossMs)
            .pass(staleMs)
            .stop([2]);
        },
        want: /with 1 healthy tasks, below 2/,
      },
      'a stop when the node of another task is out of service for a while': {
        plant: () => spread().taint('one', 'mine', outOfService).pass(staleMs).stop([2]),
        want: /with 1 healthy tasks, below 2/,
      },
      'the same when it was cordoned meanwhile': {
        plant: () =>
          spread()
            .taint('one', outOfService)
            .ask('patch nodes one', { spec: { unschedulable: true } }, { agent: other })
            .pass(staleMs)
            .stop([2]),
        want: /with 1 healthy tasks, below 2/,
      },
      'a stop when the node of another task has been gone for so long': {
        plant: () =>
          spread()
            .ask('delete nodes one', {}, { agent: other })
            .pass(nodeLossMs + staleMs)
            .stop([2]),
        want: /with 1 healthy tasks, below 2/,
      },
    };
    for (const [sentence, { plant, want }] of Object.entries(cases)) {
      it(sentence, () => {
        const found = auditViolations(plant().entries, { staleMs, nodeLossMs });
        assert.equal(found.length, 1, found.join('\n'));
        assert.match(found[0] ?? '', want);
      });
    }
  });

  describe('has nothing against', () => {
    const cases: Record<string, () => AuditScript> = {
      'a start in place of a task whose node has been silent for long enough': () =>
        silentFor(nodeLossMs).start([4, 5]),
      'a start when the node has been silent for long enough, in whole seconds': () => {
        const log = spread();
        return log
          .pass(1_000 - (log.nowMs % 1_000))
          .ready('one', 'Unknown', log.nowMs + 990)
          .pass(nodeLossMs)
          .start([4, 5]);
      },
      'a start before it can know that the node is back': () =>
        silentFor(nodeLossMs).ready('one', 'True').start([4, 5]),
      'a start in place of a task whose node is not Ready': () =>
        spread().ready('one', 'False').pass(nodeLossMs).start([4, 5]),
      'a start in place of a task whose node is out of service': () =>
        spread().taint('one', outOfService).start([4, 5]),
      'a start in place of a task whose node is gone': () =>
        spread().ask('delete nodes one', {}, { agent: other }).start([4, 5]),
      'a start in place of a task when all nodes are deleted at once': () =>
        spread().ask('deletecollection nodes', {}, { agent: other }).start([4, 5, 6, 7]),
      'a stop of a task on a lost node': () =>
        silentFor(nodeLossMs).stop([2], { agent: other }).pass(staleMs).stop([1]),
      'a stop before another task is lost with its node': () => silentFor(nodeLossMs - 1_000).stop([2]),
      'a stop before it can know that another task is lost': () => silentFor(nodeLossMs + staleMs - 20).stop([2]),
      'a stop when the node of another task was silent for a while': () =>
        silentFor(nodeLossMs + staleMs)
          .ready('one', 'True')
          .pass(staleMs)
          .stop([2]),
      'a stop as soon as the node of another task is back': () =>
        silentFor(nodeLossMs + staleMs)
          .ready('one', 'True')
          .stop([2]),
      'a stop before the node of another task is silent': () => spread().stop([2]).ready('one', 'Unknown'),
      'a stop when the node of another task has only been gone for less': () =>
        spread().ask('delete nodes one', {}, { agent: other }).pass(nodeLossMs).stop([2]),
      'the surplus that stops when a lost node returns': () =>
        silentFor(nodeLossMs).start([4]).status([4]).pass(60_000).ready('one', 'True').pass(60_000).stop([4]),
    };
    for (const [sentence, plant] of Object.entries(cases)) {
      it(sentence, () => {
        assert.deepEqual(auditViolations(plant().entries, { staleMs, nodeLossMs }), []);
      });
    }
  });
});
