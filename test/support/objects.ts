import type { Pod } from '../../src/api/meta.ts';
import type { Task } from '../../src/api/task.ts';
import type { Condition } from '../../src/base/conditions.ts';
import { kubectl, kubectlJson } from './cluster.ts';

/** What a user reads in a namespace. */
export interface Objects {
  readonly get: <T>(resource: string, name: string) => Promise<T>;
  /** @param selector of labels, such as `ecs-operator.dev/task=web`; all of them without it. */
  readonly list: <T>(resource: string, selector?: string) => Promise<readonly T[]>;
  /** The pods of the tasks of a service. */
  readonly podsOfService: (name: string) => Promise<readonly Pod[]>;
  /** The pods of a standalone task. */
  readonly podsOfTask: (name: string) => Promise<readonly Pod[]>;
  /** Waits a minute at most for `what`, as `kubectl wait --for` takes it. */
  readonly wait: (object: string, what: string) => Promise<void>;
  /** The standalone task, once it is there. */
  readonly reaches: (name: string, lastStatus: string) => Promise<Task>;
}

/** The objects of that namespace. */
export function objectsIn(namespace: string): Objects {
  const get = <T>(resource: string, name: string): Promise<T> => kubectlJson('get', '-n', namespace, resource, name);
  const list = async <T>(resource: string, selector = ''): Promise<readonly T[]> =>
    (await kubectlJson<{ items: readonly T[] }>('get', '-n', namespace, resource, `--selector=${selector}`)).items;
  const wait = async (object: string, what: string): Promise<void> => {
    await kubectl(['wait', '-n', namespace, object, `--for=${what}`, '--timeout=60s']);
  };
  return {
    get,
    list,
    wait,
    podsOfService: (name) => list('pods', `ecs-operator.dev/service=${name}`),
    podsOfTask: (name) => list('pods', `ecs-operator.dev/task=${name}`),
    reaches: async (name, lastStatus) => {
      await wait(`ecst/${name}`, `jsonpath={.status.lastStatus}=${lastStatus}`);
      return get('ecst', name);
    },
  };
}

/** Its condition of that type. */
export function conditionOf(
  { status }: { readonly status?: { readonly conditions?: readonly Condition[] | undefined } | undefined },
  type: string,
): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}
