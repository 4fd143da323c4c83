/** A fault that somebody might make: a text of a file, which occurs once in it, and what stands there instead. */
export interface Fault {
  /** What it does, in a few words. */
  readonly name: string;
  /** Below src/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Below test/: the files of tests that are to catch it, the quickest first. */
  readonly by: readonly string[];
}

const rolling = { file: 'core/service/rolling.ts', by: ['core/service/rolling.test.ts'] };
const planning = { file: 'core/service/plan.ts', by: ['core/service/plan.test.ts', 'core/service/simulation.test.ts'] };
const beginning = { ...planning, file: 'core/service/begin.ts' };
const launches = {
  file: 'core/service/launches.ts',
  by: ['core/service/launches.test.ts', 'core/service/simulation.test.ts'],
};
const whereabouts = {
  file: 'core/service/whereabouts.ts',
  by: ['core/service/nodes.test.ts', 'core/service/nodes-simulation.test.ts'],
};
const steps = { file: 'core/service/steps.ts', by: ['core/service/plan.test.ts', 'core/service/simulation.test.ts'] };
const progress = {
  file: 'core/service/progress.ts',
  by: ['core/service/status.test.ts', 'core/service/simulation.test.ts'],
};
const view = { file: 'core/task/view.ts', by: ['core/task/view.test.ts'] };
const health = { file: 'core/task/health.ts', by: ['core/task/view.test.ts', 'core/service/simulation.test.ts'] };
const daemon = { file: 'core/service/daemon.ts', by: ['core/service/daemon.test.ts'] };
const stopped = {
  file: 'core/service/stopped/plan.ts',
  by: ['core/service/stopped/plan.test.ts', 'core/service/simulation.test.ts'],
};
const invariants = { file: 'core/service/invariants.ts', by: ['core/service/invariants.test.ts'] };
const deployment = {
  file: 'core/service/deployment.ts',
  by: ['core/service/plan.test.ts', 'core/service/simulation.test.ts'],
};

const outcomes = {
  file: 'core/service/outcome.ts',
  by: ['core/service/outcomes.test.ts', 'core/service/simulation.test.ts'],
};

/** All of them have to be caught (`npm run faults`). */
export const faults: readonly Fault[] = [
  {
    ...rolling,
    name: 'the lower bound is rounded down',
    from: 'Math.ceil((desiredCount * minimumHealthyPercent) / 100)',
    to: 'Math.floor((desiredCount * minimumHealthyPercent) / 100)',
  },
  {
    ...rolling,
    name: 'the upper bound is rounded up',
    from: 'Math.floor((desiredCount * maximumPercent) / 100)',
    to: 'Math.ceil((desiredCount * maximumPercent) / 100)',
  },
  {
    ...rolling,
    name: 'pending tasks do not count against the upper bound',
    from: 'upperBound(terms) - live.length',
    to: 'upperBound(terms) - live.filter((task) => task.isRunning).length',
  },
  {
    ...rolling,
    name: 'old and new tasks are not summed against the upper bound',
    from: 'upperBound(terms) - live.length',
    to: 'upperBound(terms) - fresh.length',
  },
  {
    ...rolling,
    name: 'healthy tasks of the old deployment do not count for the lower bound',
    from: 'spare: live.filter(({ isHealthy }) => isHealthy).length',
    to: 'spare: live.filter(({ isHealthy, isNew }) => isHealthy && isNew).length',
  },
  {
    ...rolling,
    name: 'unhealthy tasks count for the lower bound',
    from: 'spare: live.filter(({ isHealthy }) => isHealthy).length',
    to: 'spare: live.length',
  },
  {
    ...rolling,
    name: 'old tasks are stopped without a bound',
    from: 'choose(terms, healthy, spare)',
    to: 'choose(terms, healthy, healthy.length)',
  },
  {
    ...rolling,
    name: 'one healthy task too many is stopped',
    from: 'isHealthy).length - lowerBound(terms)',
    to: 'isHealthy).length - lowerBound(terms) + 1',
  },
  {
    ...rolling,
    name: 'tasks that leave their nodes count as new ones',
    from: 'return !isNew || isLeaving || isMoving;',
    to: 'return !isNew || isMoving;',
  },
  {
    ...rolling,
    file: 'core/service/victims.ts',
    name: 'scale-in takes healthy tasks before pending ones',
    from: 'if (!task.isRunning) return 0;',
    to: 'if (!task.isRunning) return 5;',
  },
  {
    ...rolling,
    name: 'a surplus takes healthy tasks that cannot be spared',
    from: 'Math.min(count - first.stop.length, spare)',
    to: 'count - first.stop.length',
    by: ['core/service/rolling.test.ts', 'core/service/simulation.test.ts'],
  },
  {
    ...rolling,
    file: 'core/service/victims.ts',
    name: 'protection is skipped',
    from: 'task.isProtected === true && !isIll(task)',
    to: 'task.isProtected === true && isIll(task)',
    by: ['core/service/rolling.test.ts', 'core/service/simulation.test.ts'],
  },
  {
    name: 'the circuit breaker trips one failure late',
    file: 'core/service/failures/breaker.ts',
    from: 'if (failedTasks < threshold) return undefined;',
    to: 'if (failedTasks <= threshold) return undefined;',
    by: ['core/service/failures/breaker.test.ts'],
  },
  {
    name: 'the threshold of the circuit breaker is rounded down',
    file: 'core/service/failures/breaker.ts',
    from: 'Math.ceil((desiredCount * value) / 100)',
    to: 'Math.floor((desiredCount * value) / 100)',
    by: ['core/service/failures/breaker.test.ts'],
  },
  {
    ...beginning,
    name: 'each look begins another deployment',
    from: '(!wanted || isWanted(world, primary) || rejectedOf(world))',
    to: '(!wanted || rejectedOf(world))',
  },
  {
    ...beginning,
    name: 'an old deployment whose tasks run is made again, not promoted',
    from: 'if (earlier && primary) {',
    to: 'if (earlier && primary && !running.has(earlier.digits)) {',
  },
  {
    ...beginning,
    name: 'a promoted deployment does not become the PRIMARY',
    from: 'sequence: primary.sequence + 1',
    to: 'sequence: primary.sequence',
  },
  {
    ...planning,
    name: 'tasks are started before their deployment is written down',
    from: 'if (begin || !primary) {',
    to: 'if (!primary) {',
  },
  {
    ...planning,
    name: 'nobody wakes up when a task becomes healthy by time alone',
    from: 'nextTurn(live, now.epochMs),',
    to: '',
    by: ['core/service/status.test.ts', 'core/service/plan.test.ts', 'core/service/simulation.test.ts'],
  },
  {
    ...launches,
    name: 'launch numbers are used again',
    from: 'launched + 1 + index',
    to: 'launched + index',
  },
  {
    ...launches,
    name: 'launches of unknown outcome are dropped',
    from: 'const again = unsettled.slice(0, count);',
    to: 'const again = unsettled.slice(count);',
  },
  {
    ...launches,
    name: 'tasks that are gone are not taken into account for launch numbers',
    from: '[...world.tasks, ...world.gone]',
    to: '[...world.tasks]',
  },
  {
    ...launches,
    name: 'a lost status means that nothing was launched',
    from: ': undefined;\n}\n\n/** With these',
    to: ': { launched: 0, unsettled: [] };\n}\n\n/** With these',
  },
  {
    ...whereabouts,
    name: 'tasks on lost nodes count as live',
    from: 'live: present.filter(isLive)',
    to: 'live: world.tasks.filter(isLive)',
  },
  {
    ...whereabouts,
    name: 'nodes that drain keep their tasks',
    from: 'const leaving = live.filter((sight) => isLeaving(sight, world));',
    to: 'const leaving = live.filter(() => false);',
  },
  {
    ...whereabouts,
    name: 'what runs on a node that does not exist is never lost',
    from: 'standings.get(task.node) ?? goneStandingAt(task.boundAtMs ?? task.createdAtMs, clock)',
    to: "standings.get(task.node) ?? { kind: 'active' }",
  },
  {
    ...steps,
    name: 'tasks that are over are not ended',
    from: 'return end && !stopping.has(task.id)',
    to: 'return end && stopping.has(task.id)',
  },
  {
    ...steps,
    name: 'the deployment that runs is forgotten',
    from: '!needed.has(record) && !used.has(record.digits)',
    to: '!used.has(record.digits) || record === primary',
    by: ['core/service/plan.test.ts', 'core/service/status.test.ts', 'core/service/simulation.test.ts'],
  },
  {
    ...progress,
    name: 'a deployment is complete while old tasks run',
    from: '(!left || isAfterwards) && healthy >=',
    to: 'healthy >=',
  },
  {
    ...progress,
    name: 'a deployment is complete though a healthy task is missing',
    from: 'isAfterwards) && healthy >= ',
    to: 'isAfterwards) && healthy + 1 >= ',
  },
  {
    ...view,
    name: 'a task that is being stopped counts as live',
    from: "return lastStatus === 'DEACTIVATING' || lastStatus === 'STOPPING' || lastStatus === 'STOPPED';",
    to: "return lastStatus === 'STOPPED';",
  },
  {
    ...view,
    name: 'the exit of an essential container does not end a task',
    from: "if (!ending) return { desiredStatus: 'RUNNING'",
    to: "return { desiredStatus: 'RUNNING'",
  },
  {
    ...health,
    name: 'a task without checks is healthy as soon as it runs',
    from: 'startedAt : startedAt + healthyAfterMs',
    to: 'startedAt : startedAt',
  },
  {
    ...health,
    name: 'one check that passes is enough',
    from: 'containers.filter(isChecked).every(',
    to: 'containers.filter(isChecked).some(',
  },
  {
    ...health,
    name: 'a failing check does not make a task unhealthy',
    from: '!isServed || !arePassed(facts) || ',
    to: '!isServed || ',
  },
  {
    ...daemon,
    name: 'a second task is started on the node of a DAEMON',
    from: '!onNode.has(name) && !occupied.has(name)',
    to: '!occupied.has(name)',
  },
  {
    ...daemon,
    name: 'the update of a DAEMON stops all of its tasks at once',
    from: '...missed.slice(0, spare)',
    to: '...missed',
  },
  {
    ...stopped,
    name: 'a pod is removed before its task is recorded',
    from: 'return recorded.has(task.view.podName) || (!wanted',
    to: 'return wanted.includes(task) || (!wanted',
  },
  {
    ...stopped,
    name: 'a task is forgotten before its launch number is written down',
    from: 'shown.launched >= view.launch && ',
    to: '',
  },
  {
    ...deployment,
    name: 'another launch type is the same deployment',
    from: 'contentHash([family, snapshot.launchType, content',
    to: 'contentHash([family, content',
  },
  {
    ...deployment,
    name: 'the oldest deployment is the PRIMARY',
    from: 'each.sequence > best.sequence',
    to: 'each.sequence < best.sequence',
  },
  {
    ...invariants,
    name: 'the invariant of the lower bound is off by one',
    from: '(healthy.length - index - 1) * 100',
    to: '(healthy.length - index) * 100',
  },
  {
    ...invariants,
    name: 'the invariant of the upper bound is off by one',
    from: '(taken + index + 1) * 100',
    to: '(taken + index) * 100',
  },
  {
    name: 'steps that break a promise are done',
    file: 'kube/promises.ts',
    from: 'steps.filter((step) => !withheld.has(step))',
    to: '[...steps]',
    by: ['kube/promises.test.ts'],
  },
  {
    name: 'a failed step is told as done',
    file: 'kube/writes/act.ts',
    from: "if (result.status === 'fulfilled') done.push(item);",
    to: 'if (result) done.push(item);',
    by: ['kube/writes/act.test.ts', 'kube/controller.test.ts'],
  },
  {
    ...outcomes,
    file: 'core/service/ending.ts',
    name: 'how a deployment ended is not written down',
    from: 'return outcome ? [{ kind: ',
    to: 'return outcome && !outcome.endedBy ? [{ kind: ',
  },
  {
    ...outcomes,
    name: 'what was rejected is forgotten',
    from: 'return outcome?.isRejected === true;',
    to: 'return outcome?.isRejected === false;',
  },
  {
    ...outcomes,
    file: 'core/service/rollback.ts',
    name: 'what has failed is rolled back to itself',
    from: 'digits !== failed.digits && hash !== failed.hash',
    to: 'digits === failed.digits || hash !== failed.hash',
  },
  {
    ...outcomes,
    name: 'how an earlier run of a deployment ended is taken for the end of this one',
    from: '(outcome.sequence ?? sequence) === sequence ? outcome',
    to: '(outcome.sequence ?? sequence) <= sequence ? outcome',
  },
  {
    ...outcomes,
    file: 'core/service/ending.ts',
    name: 'a rollback is judged as well',
    from: ' || isRollback(world, primary)) return undefined;',
    to: ') return undefined;',
  },
  {
    name: 'a task that becomes healthy makes no failures forgotten',
    file: 'core/service/failures/ledger.ts',
    from: 'if (hasRecovered && terms.forgets) return { failedTasks: 0 };',
    to: 'if (hasRecovered && !terms.forgets) return { failedTasks: 0 };',
    by: ['core/service/failures/ledger.test.ts'],
  },
  {
    name: 'the pace of tasks that fail is ignored',
    file: 'core/service/plan.ts',
    from: 'rolling: { ...rolling, start: pace.count }',
    to: 'rolling: { ...rolling, start: rolling.start }',
    by: ['core/service/failures/pace.test.ts', 'core/service/plan.test.ts', 'core/service/simulation.test.ts'],
  },
  {
    ...rolling,
    name: 'what is lost of the old deployment is made up for without a bound',
    file: 'core/service/make-up.ts',
    from: 'const start = least(wanted, left);',
    to: 'const start = least(wanted);',
    by: ['core/service/rolling.test.ts', 'core/service/replacement.test.ts', 'core/service/simulation.test.ts'],
  },
];
