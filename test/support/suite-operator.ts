import { after, before } from 'mocha';
import { applyAll, kubectl, makeNamespace, startOperatorIn, type ProxiedOperator } from './cluster.ts';

/** The operator of a suite. A test may end it and start another. */
export class SuiteOperator {
  readonly #namespace: string;
  #running: ProxiedOperator | undefined;

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** @param args further arguments. */
  async start(...args: readonly string[]): Promise<void> {
    this.#running = await startOperatorIn(this.#namespace, ...args);
  }

  /** Ends it, and its proxy. */
  async stop(signal?: 'SIGKILL'): Promise<void> {
    await this.#operator.stop(signal);
  }

  /** Ends the process alone: for hooks of the proxy. */
  kill(): Promise<void> {
    return this.#operator.kill();
  }

  /** Why the process has ended; undefined while it runs. */
  ended(): string | undefined {
    return this.#operator.ended();
  }

  get proxy(): ProxiedOperator['proxy'] {
    return this.#operator.proxy;
  }

  get #operator(): ProxiedOperator {
    if (!this.#running) throw new Error('No operator was started: the hooks of the suite have not run');
    return this.#running;
  }
}

/** Before the suite: makes the namespace, starts an operator in it and applies `objects`; after it: ends them both. */
export function runsOperatorIn(namespace: string, ...objects: readonly object[]): SuiteOperator {
  return runsOperatorWith([], namespace, ...objects);
}

/** The same with further arguments for the operator. */
export function runsOperatorWith(
  args: readonly string[],
  namespace: string,
  ...objects: readonly object[]
): SuiteOperator {
  const operator = new SuiteOperator(namespace);
  before(async () => {
    await makeNamespace(namespace);
    await operator.start(...args);
    if (objects.length > 0) await applyAll(...objects);
  });
  after(async () => {
    await operator.stop();
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });
  return operator;
}
