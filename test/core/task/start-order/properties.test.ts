import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { ContainerDefinition } from '../../../../src/api/container-definition.ts';
import { compileStartOrder } from '../../../../src/core/task/start-order/compile.ts';
import { renderPod } from '../../../../src/core/task/pod/pod.ts';
import { containerDefinition, content, healthCheck, newTask, snapshot } from '../../../support/builders.ts';
import { startsOf, type Behaviour, type Occurrence } from '../../../support/kubelet-starts.ts';

type Dependency = NonNullable<ContainerDefinition['dependsOn']>[number];

const condition = fc.constantFrom<Dependency['condition']>('START', 'COMPLETE', 'SUCCESS', 'SUCCESS', 'HEALTHY');

/** Which of the containers before (or, with cycles, of all) a container waits for, and how. */
const dependencies = fc.uniqueArray(fc.tuple(fc.nat(5), condition), {
  maxLength: 2,
  selector: ([target]) => target,
});

const blueprint = fc.record({
  isEssential: fc.boolean(),
  isChecked: fc.boolean(),
  isRouted: fc.boolean(),
  dependencies,
});

/** Containers as the schema takes them: a dependency it would refuse becomes START. `c0` routes the logs of others. */
function containersFrom(
  blueprints: readonly (typeof blueprint extends fc.Arbitrary<infer T> ? T : never)[],
  reach: 'earlier' | 'any',
): ContainerDefinition[] {
  const hasEssential = blueprints.some(({ isEssential }) => isEssential);
  const isEssential = (index: number): boolean =>
    hasEssential ? blueprints[index]?.isEssential === true : index === 0;
  const hasRouter = blueprints.slice(1).some(({ isRouted }) => isRouted);
  return blueprints.map(({ isChecked, isRouted, dependencies: wanted }, index) => {
    const dependsOn = wanted
      .filter(([target]) => target !== index && target < (reach === 'earlier' ? index : blueprints.length))
      .map(([target, want]): Dependency => {
        const isPossible =
          want === 'HEALTHY' ? blueprints[target]?.isChecked === true : want === 'START' || !isEssential(target);
        return { containerName: `c${String(target)}`, condition: isPossible ? want : 'START' };
      });
    return containerDefinition({
      name: `c${String(index)}`,
      essential: isEssential(index),
      dependsOn,
      ...(isChecked && { healthCheck }),
      ...(hasRouter && index === 0 && { firelensConfiguration: { type: 'fluentbit' } }),
      ...(isRouted && index > 0 && { logConfiguration: { logDriver: 'awsfirelens' } }),
    });
  });
}

const blueprints = fc.array(blueprint, { minLength: 1, maxLength: 6 });

/** Containers without a cycle, in any order. */
const acyclic = blueprints
  .map((given) => containersFrom(given, 'earlier'))
  .chain((containers) => fc.shuffledSubarray(containers, { minLength: containers.length }));

/** Those a pod can keep the order of. */
const possible = acyclic.filter((containers) => compileStartOrder(containers).kind === 'possible');

const names = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'];
const behaviour: fc.Arbitrary<Behaviour> = fc
  .record({
    failing: fc.subarray(names),
    codes: fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 6, maxLength: 6 }),
    sick: fc.subarray(names),
  })
  .map(({ failing, codes, sick }) => ({
    exitCodes: new Map(failing.map((name, index) => [name, codes[index] ?? 1])),
    sick: new Set(sick),
  }));

const allIsWell: Behaviour = { exitCodes: new Map(), sick: new Set() };

function specOf(containers: readonly ContainerDefinition[]): ReturnType<typeof renderPod>['spec'] {
  return renderPod(newTask({ snapshot: snapshot({ content: content(...containers) }) })).spec;
}

/** What a container has to wait for: what it says, and the router of its logs, of which it says nothing. */
function dependenciesOf({
  dependsOn = [],
  logConfiguration,
}: Partial<ContainerDefinition> = {}): readonly Dependency[] {
  const isRouted = logConfiguration?.logDriver === 'awsfirelens';
  return isRouted ? [...dependsOn, { containerName: 'c0', condition: 'START' }] : dependsOn;
}

/** Whether what happened meets the condition (ECS, "Container dependency"). */
function isMet({ containerName, condition: wanted }: Dependency, past: readonly Occurrence[]): boolean {
  const own = past.filter(({ container }) => container === containerName);
  switch (wanted) {
    case 'START':
      return own.some(({ kind }) => kind === 'started');
    case 'COMPLETE':
      return own.some(({ kind }) => kind === 'exited');
    case 'SUCCESS':
      return own.some(({ kind, code }) => kind === 'exited' && code === 0);
    case 'HEALTHY':
      return own.some(({ kind }) => kind === 'healthy');
  }
}

describe('a start order that a pod can keep', () => {
  it('is kept by the kubelet, however the containers behave', () => {
    fc.assert(
      fc.property(possible, behaviour, (containers, behaves) => {
        const past: Occurrence[] = [];
        for (const step of startsOf(specOf(containers), behaves)) {
          for (const { container } of step.filter(({ kind }) => kind === 'started')) {
            for (const dependency of dependenciesOf(containers.find(({ name }) => name === container))) {
              assert(isMet(dependency, past), `${container} started before ${JSON.stringify(dependency)}`);
            }
          }
          past.push(...step);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('starts every container once when all is well', () => {
    fc.assert(
      fc.property(possible, (containers) => {
        const started = startsOf(specOf(containers), allIsWell)
          .flat()
          .filter(({ kind }) => kind === 'started')
          .map(({ container }) => container);
        assert.deepEqual(started.toSorted(), containers.map(({ name }) => name).toSorted());
      }),
    );
  });

  it('fails a pod only where ECS would end the task: an essential container never starts', () => {
    fc.assert(
      fc.property(possible, behaviour, (containers, { exitCodes }) => {
        const past = startsOf(specOf(containers), { exitCodes, sick: new Set() }).flat();
        const failed = past
          .filter(({ kind, code }) => kind === 'exited' && code !== 0)
          .map(({ container }) => container);
        if (failed.length > 0)
          assert(
            neverStarted(containers, failed).some(({ essential }) => essential),
            failed.join(),
          );
      }),
      { numRuns: 500 },
    );
  });

  it('is the same for the same containers', () => {
    fc.assert(
      fc.property(acyclic, (containers) => {
        assert.deepEqual(compileStartOrder(structuredClone(containers)), compileStartOrder(containers));
      }),
    );
  });

  it('has an essential container among those a pod ends with', () => {
    fc.assert(
      fc.property(possible, (containers) => {
        const ordinary = specOf(containers).containers.map(({ name }) => name);
        assert(containers.some(({ name, essential }) => essential && ordinary.includes(name)));
      }),
    );
  });
});

/** Those that ECS gives up when some have failed, round after round. */
function neverStarted(containers: readonly ContainerDefinition[], failed: readonly string[]): ContainerDefinition[] {
  const given = new Set<string>();
  for (const _round of containers) {
    for (const { name, dependsOn = [] } of containers) {
      const isHopeless = dependsOn.some(
        (each) =>
          given.has(each.containerName) || (each.condition === 'SUCCESS' && failed.includes(each.containerName)),
      );
      if (isHopeless) given.add(name);
    }
  }
  return containers.filter(({ name }) => given.has(name));
}

describe('a cycle', () => {
  it('is found whenever there is one, and every step of it is a dependency', () => {
    const any = blueprints.map((given) => containersFrom(given, 'any'));
    fc.assert(
      fc.property(any, (containers) => {
        const order = compileStartOrder(containers);
        const isCycle = order.kind === 'refused' && order.reason === 'DependencyCycle';
        assert.equal(isCycle, reachesItself(containers));
        if (!isCycle) return;
        const [cycle = ''] = order.message.replace('dependsOn has a cycle: ', '').split(' (');
        const path = cycle.split(' -> ');
        assert.equal(path.at(0), path.at(-1));
        for (const [index, name] of path.slice(0, -1).entries()) {
          const targets = dependenciesOf(containers.find((each) => each.name === name));
          assert(
            targets.some(({ containerName }) => containerName === path[index + 1]),
            order.message,
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Whether some container waits for itself through others: by following all ways as far as there are containers. */
function reachesItself(containers: readonly ContainerDefinition[]): boolean {
  return containers.some(({ name }) => {
    let front = new Set([name]);
    return containers.some(() => {
      const next = containers.filter((each) => front.has(each.name)).flatMap(dependenciesOf);
      front = new Set(next.map(({ containerName }) => containerName));
      return front.has(name);
    });
  });
}
