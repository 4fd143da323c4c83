import fc from 'fast-check';
import type { ServiceSpec } from '../../src/api/service.ts';
import type { TaskDefinitionSpec } from '../../src/api/task-definition.ts';
import { containerDefinition, content, healthCheck, type DeploymentConfigurationInput } from './builders.ts';
import type { ClusterModel } from './cluster-model.ts';
import { flawedContents } from './cluster-model/flaws.ts';
import { containersOf } from './dependencies.ts';
import type { Fate } from './fortune.ts';
import { exited, protectedFor, sickened, stuck } from './pod-life.ts';

/** Something that happens to the service; `toString` is what fast-check prints of a failure. */
export interface Happening {
  readonly happen: (cluster: ClusterModel) => void;
  readonly toString: () => string;
}

export function happening(name: string, happen: (cluster: ClusterModel) => void): Happening {
  return { happen, toString: () => name };
}

export const contents: readonly TaskDefinitionSpec[] = [
  content(),
  content(containerDefinition({ image: 'shop/web:2' })),
  content(containerDefinition({ image: 'shop/web:3', healthCheck })),
  content(containerDefinition({ image: 'shop/web:4' }), containerDefinition({ name: 'log', essential: false })),
  content(containerDefinition({ image: 'shop/web:5', healthCheck }), containerDefinition({ name: 'proxy' })),
  content(
    ...containersOf('app -> job (SUCCESS), db (HEALTHY); job?; db', {
      app: { image: 'shop/web:6' },
      db: { startTimeout: 60 },
    }),
  ),
  ...flawedContents,
];

/** Numbers of contents; the last three do not work. */
export const someContent = fc.constantFrom(0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8);
const somePod = fc.nat(20);
const fates = fc.array(fc.constantFrom<Fate>('done', 'done', 'failed', 'unknown'), { maxLength: 8 });

function goWell(cluster: ClusterModel): void {
  for (let round = 0; round < 5; round++) {
    cluster.reconcile();
    cluster.tidy();
    cluster.progress();
    cluster.wait(15_000);
  }
}

/** What a person changes of the configuration; the rest stays. */
export function configure(cluster: ClusterModel, change: DeploymentConfigurationInput): void {
  const { deploymentConfiguration } = cluster.service.spec;
  cluster.change({ deploymentConfiguration: { ...deploymentConfiguration, ...change } });
}

export type Breaker = NonNullable<DeploymentConfigurationInput['deploymentCircuitBreaker']>;

/** Circuit breakers. */
export const someBreaker: fc.Arbitrary<Breaker> = fc.record({
  enable: fc.constantFrom(true, true, true, false),
  rollback: fc.boolean(),
  resetOnHealthyTask: fc.boolean(),
  thresholdConfiguration: fc.oneof(
    fc.record({ type: fc.constant('COUNT' as const), value: fc.integer({ min: 1, max: 4 }) }),
    fc.record({
      type: fc.constantFrom('BOUNDED_PERCENT' as const, 'UNBOUNDED_PERCENT' as const),
      value: fc.constantFrom(1, 50, 100),
    }),
  ),
});

/** What decides how a deployment ends, and what people do once it has. */
const endings = fc.oneof(
  {
    weight: 3,
    arbitrary: someBreaker.map((deploymentCircuitBreaker) =>
      happening(`breaker ${JSON.stringify(deploymentCircuitBreaker)}`, (c) =>
        configure(c, { deploymentCircuitBreaker }),
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('ROLLBACK', 'ABORT'), fc.constantFrom(0, 0, 0, 1)).map(([type, n]) =>
      happening(`command ${type} of deployment ${String(n)} from the newest`, (c) => {
        const newest = c.deployments.toSorted((a, b) => b.sequence - a.sequence)[n];
        c.command(`ecs-svc/${newest?.digits ?? '1234567890123456789'} ${type}`);
      }),
    ),
  },
  fc.constant(happening('the command is taken away', (c) => c.command())),
  fc
    .constantFrom('a', 'b')
    .map((force) => happening(`force ${force}`, (c) => kubernetes(c, { forceNewDeployment: force }))),
  fc.constant(happening('what forced is taken away', (c) => c.change({ kubernetes: {} }))),
  fc
    .boolean()
    .map((counts) =>
      happening(`stopping tasks ${counts ? '' : 'do not '}count`, (c) =>
        kubernetes(c, { maximumCountsStopping: counts }),
      ),
    ),
  fc
    .constantFrom(0, 45, 600)
    .map((seconds) =>
      happening(`a grace period of ${String(seconds)} s`, (c) => c.change({ healthCheckGracePeriodSeconds: seconds })),
    ),
);

function kubernetes(cluster: ClusterModel, change: Partial<ServiceSpec['kubernetes']>): void {
  cluster.change({ kubernetes: { ...cluster.service.spec.kubernetes, ...change } });
}

/** What people do to the service. */
const user = fc.oneof(
  someContent.map((index) =>
    happening(`register content ${String(index)}`, (c) => c.register(contents[index] ?? content())),
  ),
  fc.nat(5).map((desiredCount) => happening(`scale to ${String(desiredCount)}`, (c) => c.change({ desiredCount }))),
  fc
    .record({
      minimumHealthyPercent: fc.constantFrom(0, 30, 50, 100),
      maximumPercent: fc.constantFrom(100, 130, 150, 200),
    })
    .map((deploymentConfiguration) =>
      happening(`bounds ${JSON.stringify(deploymentConfiguration)}`, (c) => configure(c, deploymentConfiguration)),
    ),
  fc
    .constantFrom('EC2' as const, 'FARGATE' as const)
    .map((launchType) => happening(`move to ${launchType}`, (c) => c.change({ launchType }))),
  fc.constantFrom(
    happening('delete the task definition', (c) => c.deregister()),
    happening('delete the cluster', (c) => c.setCluster(false)),
    happening('create the cluster', (c) => c.setCluster(true)),
  ),
);

/** What becomes of the pods. */
const pods = fc.oneof(
  { weight: 4, arbitrary: fc.constant(happening('all pods progress', (c) => void c.progress())) },
  {
    weight: 3,
    arbitrary: somePod.map((n) =>
      happening(`pod ${String(n)} progresses`, (c) => c.befall(n, (pod) => c.stageAfter(pod, n))),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(somePod, fc.nat(2), fc.constantFrom(0, 1))
      .map(([n, container, code]) =>
        happening(`container ${String(container)} of pod ${String(n)} exits with ${String(code)}`, (c) =>
          c.befall(n, (pod) => exited(pod, container, { code, at: c.now.iso })),
        ),
      ),
  },
  somePod.map((n) => happening(`pod ${String(n)} lacks its image`, (c) => c.befall(n, stuck))),
  somePod.map((n) => happening(`pod ${String(n)} sickens`, (c) => c.befall(n, sickened))),
  somePod.map((n) => happening(`pod ${String(n)} goes while no operator watches`, (c) => c.vanish(n))),
  somePod.map((n) => happening(`pod ${String(n)} is evicted`, (c) => c.befall(n, (pod) => c.evict(pod)))),
);

const someNode = fc.nat(2);
const marks = ['aws-node-termination-handler/spot-itn', 'karpenter.sh/disrupted'];

/** Who has work that must not be interrupted says so, for a minute or for an hour. */
const protection = fc
  .tuple(somePod, fc.constantFrom(60, 3600))
  .map(([n, seconds]) =>
    happening(`pod ${String(n)} is protected for ${String(seconds)} s`, (c) =>
      c.befall(n, (pod) => protectedFor(pod, seconds * 1000, c.now.epochMs)),
    ),
  );

/** What becomes of the nodes. */
const nodes = fc.oneof(
  {
    weight: 2,
    arbitrary: someNode.map((n) =>
      happening(`node ${String(n)} is cordoned`, (c) => c.nodes.change(n, { unschedulable: true })),
    ),
  },
  fc
    .tuple(someNode, fc.constantFrom(...marks))
    .map(([n, key]) => happening(`node ${String(n)} is marked ${key}`, (c) => c.nodes.change(n, { taints: [key] }))),
  someNode.map((n) =>
    happening(`node ${String(n)} takes pods again`, (c) => c.nodes.change(n, { unschedulable: false, taints: [] })),
  ),
  {
    weight: 2,
    arbitrary: someNode.map((n) => happening(`node ${String(n)} falls silent`, (c) => c.nodes.silence(n, c.now.iso))),
  },
  someNode.map((n) => happening(`node ${String(n)} is heard of again`, (c) => c.nodes.hear(n))),
  someNode.map((n) => happening(`node ${String(n)} is out of service`, (c) => c.nodes.putOutOfService(n))),
  someNode.map((n) => happening(`node ${String(n)} is gone`, (c) => c.nodes.remove(n))),
  fc.constant(happening('pods on silent nodes are evicted', (c) => c.evictUnheard())),
  fc.constant(happening('pods on nodes that are gone are collected', (c) => c.collectOrphans())),
  fc.constant(happening('all nodes are back', (c) => c.restoreNodes())),
);

/** What becomes of the operator. */
const operator = fc.oneof(
  { weight: 4, arbitrary: fc.constant(happening('reconcile', (c) => void c.reconcile())) },
  { weight: 4, arbitrary: fc.constant(happening('all goes well for a while', goWell)) },
  {
    weight: 3,
    arbitrary: fates.map((each) =>
      happening(`reconcile with ${each.join()}`, (c) => void c.reconcile({ fates: each })),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fates, fc.nat(4))
      .map(([each, crashAfter]) =>
        happening(
          `crash after ${String(crashAfter)} of ${each.join()}`,
          (c) => void c.reconcile({ fates: each, crashAfter }),
        ),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .option(fc.nat(3), { nil: undefined })
      .map((crashAfter) => happening(`tidy up, crash after ${String(crashAfter)}`, (c) => void c.tidy(crashAfter))),
  },
  fc.constant(happening('the status is lost', (c) => c.loseStatus())),
  fc.constant(happening("the operator's watch lags", (c) => c.lag())),
  fc.constant(happening("the operator's watch catches up", (c) => c.catchUp())),
);

const time = fc
  .constantFrom(1, 15, 41, 600, 4000, 22_000)
  .map((seconds) => happening(`${String(seconds)} s pass`, (c) => c.wait(seconds * 1000)));

/** What happens to a service, in order. */
export const history = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: user },
    { weight: 2, arbitrary: endings },
    { weight: 6, arbitrary: pods },
    { weight: 1, arbitrary: protection },
    { weight: 4, arbitrary: nodes },
    { weight: 8, arbitrary: operator },
    { weight: 3, arbitrary: time },
  ),
  { maxLength: 60, size: 'max' },
);
