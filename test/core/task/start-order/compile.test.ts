import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ContainerDefinition } from '../../../../src/api/container-definition.ts';
import { compileStartOrder } from '../../../../src/core/task/start-order/compile.ts';
import type { RefusedOrder, StartOrder } from '../../../../src/core/task/start-order/order.ts';
import { containersOf } from '../../../support/dependencies.ts';

type Overrides = Readonly<Record<string, Partial<ContainerDefinition>>>;

/** The form in one line, as `compile.ts` writes its examples; `!` marks a startup probe. */
function formOf({ early, together, mode }: StartOrder): string {
  const first = early.map(({ role, definition, isProbed }) => `${role} ${definition.name}${isProbed ? '!' : ''}`);
  return `${mode}: ${[...first, ...together.map(({ name }) => name)].join(', ')}`;
}

function possible(given: string, overrides?: Overrides): StartOrder {
  const order = compileStartOrder(containersOf(given, overrides));
  if (order.kind === 'refused') throw new Error(order.message);
  return order;
}

function refused(given: string, overrides?: Overrides): RefusedOrder {
  const order = compileStartOrder(containersOf(given, overrides));
  if (order.kind === 'possible') throw new Error(`not refused: ${formOf(order)}`);
  return order;
}

describe('the start order in a pod', () => {
  const forms: Record<string, string> = {
    'app -> migrate (SUCCESS); migrate?': 'init: init migrate, app',
    'app -> proxy (START); proxy': 'sidecar: sidecar proxy, app',
    'app -> cache (HEALTHY); cache': 'sidecar: sidecar cache!, app',
    'app -> migrate (SUCCESS); migrate? -> db (HEALTHY); db': 'mixed: sidecar db!, init migrate, app',
    'app; log?': 'none: app, log',
    'app -> b (START), a (START); a; b': 'sidecar: sidecar a, sidecar b, app',
    'app -> a (START); a -> b (START); b': 'sidecar: sidecar b, sidecar a, app',
    'app -> job (SUCCESS); log? -> job (START); job?': 'init: init job, app, log',
    'app -> job (SUCCESS); log? -> job (COMPLETE); job?': 'init: init job, app, log',
    'app -> second (SUCCESS); second? -> first (SUCCESS); first?': 'init: init first, init second, app',
    'app -> mid (START); mid? -> job (SUCCESS); job?': 'mixed: init job, sidecar mid, app',
    'app -> db (START); tool? -> db (HEALTHY); db': 'sidecar: sidecar db!, app, tool',
    'last -> c (START); d; c; b?': 'sidecar: sidecar c, last, d, b',
  };
  for (const [given, want] of Object.entries(forms)) {
    it(given, () => {
      assert.equal(formOf(possible(given)), want);
    });
  }

  it('takes a startTimeout on an essential container whose health an essential one waits for', () => {
    const order = possible('app -> db (HEALTHY); db', { db: { startTimeout: 30 } });
    assert.equal(formOf(order), 'sidecar: sidecar db!, app');
  });

  it('takes a startTimeout where ECS never looks at it', () => {
    const overrides = { db: { startTimeout: 5 }, app: { startTimeout: 5 } };
    assert.equal(formOf(possible('app -> db (START); db', overrides)), 'sidecar: sidecar db, app');
  });
});

describe('a start order that a pod cannot keep', () => {
  const refusals: Record<string, { readonly want: string; readonly overrides?: Overrides }> = {
    'a -> b (START); b -> a (START)': { want: 'DependencyCycle: dependsOn has a cycle: a -> b -> a' },
    'app -> a (START); x; a -> b (START); b -> c (START); c -> a (START)': {
      want: 'DependencyCycle: dependsOn has a cycle: a -> b -> c -> a',
    },
    'app -> job (COMPLETE); job?': {
      want: 'StartOrderNotPossible: app -> job (COMPLETE): COMPLETE takes any exit code, but a pod fails with its init container, and no wrapper can be put into the image of job to hide the code; use SUCCESS',
    },
    'app; tool? -> job (SUCCESS); job?': {
      want: 'StartOrderNotPossible: tool -> job (SUCCESS): no essential container waits for the success of job, so its failure would not end the task on ECS, but does end a pod',
    },
    'app -> job (SUCCESS), job (HEALTHY); job?': {
      want: 'StartOrderNotPossible: app -> job (HEALTHY): job is to end as well, and what ends has no health check in a pod',
    },
    'app -> job (SUCCESS); job? ': {
      overrides: { job: { startTimeout: 60 } },
      want: 'StartOrderNotPossible: app -> job (SUCCESS): startTimeout of job cannot be kept: nothing in a pod ends an init container in time',
    },
    'app -> db (HEALTHY); db': {
      overrides: { db: { startTimeout: 29 } },
      want: 'StartOrderNotPossible: app -> db (HEALTHY): startTimeout 29 of db is over before its first health check, after 30 seconds',
    },
    'app -> db (HEALTHY); db?': {
      overrides: { db: { startTimeout: 60 } },
      want: 'StartOrderNotPossible: app -> db (HEALTHY): startTimeout of db cannot be kept: it is not essential, and the kubelet would start it again',
    },
    'app; tool? -> db (HEALTHY); db': {
      overrides: { db: { startTimeout: 60 } },
      want: 'StartOrderNotPossible: tool -> db (HEALTHY): startTimeout of db would end the task, though no essential container waits for its health',
    },
    'app; tool? -> app (START)': {
      want: 'StartOrderNotPossible: tool -> app (START): app would be a sidecar, which ends with the other containers of a pod; an essential container that nobody waits for is needed',
    },
  };
  for (const [given, { want, overrides }] of Object.entries(refusals)) {
    it(`${given}${overrides ? ` with ${JSON.stringify(overrides)}` : ''}`, () => {
      const { reason, message } = refused(given, overrides);
      assert.equal(`${reason}: ${message}`, want);
    });
  }
});

describe('the start order of a task with a log router', () => {
  const router: Partial<ContainerDefinition> = { firelensConfiguration: { type: 'fluentbit' } };
  const routed: Partial<ContainerDefinition> = { logConfiguration: { logDriver: 'awsfirelens' } };
  const forms: Record<string, { readonly given: string; readonly want: string; readonly overrides: Overrides }> = {
    'the router comes before those that use it': {
      given: 'app; job?; log',
      overrides: { log: router, app: routed },
      want: 'sidecar: sidecar log, app, job',
    },
    'not before itself': {
      given: 'app; log',
      overrides: { log: { ...router, ...routed }, app: routed },
      want: 'sidecar: sidecar log, app',
    },
    'a dependency on the router replaces the usual one': {
      given: 'app -> log (HEALTHY); log',
      overrides: { log: router, app: routed },
      want: 'sidecar: sidecar log!, app',
    },
    'other dependencies do not': {
      given: 'app -> job (SUCCESS); job?; log',
      overrides: { log: router, app: routed },
      want: 'mixed: init job, sidecar log, app',
    },
    'those that an init container uses come before it': {
      given: 'app -> job (SUCCESS); job?; log',
      overrides: { log: router, job: routed },
      want: 'mixed: sidecar log, init job, app',
    },
  };
  for (const [sentence, { given, want, overrides }] of Object.entries(forms)) {
    it(sentence, () => {
      assert.equal(formOf(possible(given, overrides)), want);
    });
  }

  it('replaces no dependency by a second one', () => {
    const { message } = refused('app? -> log (START); log', { log: router, app: routed });
    assert.equal(message, refused('app? -> log (START); log').message);
  });

  it('is refused when the router waits for one that uses it', () => {
    const { message } = refused('app; log -> app (START)', { log: router, app: routed });
    assert.equal(
      message,
      'dependsOn has a cycle: app -> log -> app (what has the log driver awsfirelens waits for log)',
    );
  });

  it('is refused when nothing else keeps the task going', () => {
    const { message } = refused('app?; log', { log: router, app: routed });
    assert.match(message, /^app -> log \(START\): log would be a sidecar/);
  });
});

describe('what differs from ECS in the order of a pod', () => {
  const cases: Record<string, readonly string[]> = {
    'app -> migrate (SUCCESS); migrate?': [],
    'app -> migrate (SUCCESS); migrate?; web; log?': ['web, log: not started before migrate has ended'],
    'app -> proxy (START); web; proxy': [
      'proxy: its exit ends the task, but the kubelet starts it again until then',
      'proxy: stopped after the others, in what those leave of the grace period',
    ],
    'app -> proxy (START); proxy?': [
      'proxy: it is started again when it exits, where ECS leaves it stopped',
      'proxy: stopped after the others, in what those leave of the grace period',
    ],
    'app -> db (HEALTHY); web; db': [
      'web: not started before db is HEALTHY',
      'db: its exit ends the task, but the kubelet starts it again until then',
      'db: stopped after the others, in what those leave of the grace period',
    ],
    'app -> job (SUCCESS); log? -> job (START); job?': ['log: not started before job has ended'],
    'app -> mid (START); mid? -> job (SUCCESS); job?': [
      'mid: it is started again when it exits, where ECS leaves it stopped',
      'mid: stopped after the others, in what those leave of the grace period',
    ],
    'app -> one (SUCCESS), two (SUCCESS); one?; two?': ['two: not started before one has ended'],
  };
  for (const [given, want] of Object.entries(cases)) {
    it(given, () => {
      const told = possible(given).differences.map(({ paths, what }) => `${paths.join(', ')}: ${what}`);
      assert.deepEqual(
        told.map((each) => each.replaceAll(/containerDefinitions\[(\w+)\]/g, '$1')),
        want,
      );
    });
  }
});
