import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { ContainerDefinition } from '../../../src/api/container-definition.ts';
import { deploymentHash, type DeploymentRecord } from '../../../src/core/service/deployment.ts';
import { pinnedSnapshot, pinSteps, unpinnedDifferences } from '../../../src/core/service/images.ts';
import type { TaskView } from '../../../src/core/task/view.ts';
import {
  containerDefinition,
  content,
  deploymentRecord,
  iso,
  service,
  snapshot,
  taskView,
} from '../../support/builders.ts';
import { look, second, serviceWorld, settled, tasks } from '../../support/world.ts';

const [a, b] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];

const deployed = (...containers: readonly ContainerDefinition[]): DeploymentRecord =>
  deploymentRecord({ snapshot: snapshot({ content: content(...containers) }) });

/** A task that has pulled those, by container. */
const pulling = (launch: number, images: Readonly<Record<string, string>>, more: Partial<TaskView> = {}): TaskView => {
  const pulled = Object.entries(images).map(([name, imageId]) => ({ name, imageId }));
  return taskView({ id: `task-${String(launch)}`, launch, pulled, ...more });
};

/** What is written down, and what is told of the containers for which nothing can be. */
function pinned(record: DeploymentRecord, ...running: readonly TaskView[]): object {
  const world = serviceWorld({ deployments: [record], tasks: running });
  const [step] = pinSteps(world, record);
  assert.ok(step === undefined || (step.kind === 'pinImages' && step.deployment === record));
  const told = unpinnedDifferences(world, record).flatMap(({ paths }) => paths);
  return { ...(step && { images: step.images }), ...(told.length > 0 && { told }) };
}

const app = containerDefinition();
const log = containerDefinition({ name: 'log', image: 'shop/log', essential: false });
const both = deployed(app, log);
const unpinned = { told: ['containerDefinitions[app].image'] };

describe('the images of a deployment', () => {
  const references: readonly (readonly [image: string, imageId: string, want: string | undefined])[] = [
    ['shop/web:1', `docker.io/shop/web@${a}`, `shop/web@${a}`],
    ['web', `docker.io/library/web@${a}`, `web@${a}`],
    ['registry.example:5000/team/web:1', `registry.example:5000/team/web@${a}`, `registry.example:5000/team/web@${a}`],
    ['registry.example:5000/team/web', `mirror.example/cache/web@${a}`, `registry.example:5000/team/web@${a}`],
    ['shop/web:1', `docker-pullable://shop/web@${a}`, `shop/web@${a}`],
    ['web:1', `docker-pullable://web@${a}`, `web@${a}`],
    ['shop/web:1', a, undefined],
    ['shop/web:1', `docker://${a}`, undefined],
    ['shop/web:1', `docker.io/library/import-2026-11-24@${a}`, undefined],
    ['shop/web:1', `docker.io/shop/other-web@${a}`, undefined],
    ['shop/web:1', `docker.io/shop/web@${a.slice(0, -1)}`, undefined],
    ['shop/web:1', `docker.io/shop/web@${a}a`, undefined],
    ['shop/web:1', 'docker.io/shop/web:1', undefined],
  ];
  for (const [image, imageId, want] of references) {
    it(`${image}, pulled as ${imageId}, is ${want === undefined ? 'not pinned, which is told' : `pinned as ${want}`}`, () => {
      const got = pinned(deployed(containerDefinition({ image })), pulling(1, { app: imageId }));
      assert.deepEqual(got, want === undefined ? unpinned : { images: { app: want } });
    });
  }

  const web = (digest: string): Record<string, string> => ({ app: `shop/web@${digest}` });
  const cases: Record<string, { readonly got: object; readonly want: object }> = {
    'are open while nothing is pulled': { got: pinned(both, taskView()), want: {} },
    'are those of the first task, whichever is told first': {
      got: pinned(both, pulling(3, web(b)), pulling(2, web(a)), taskView({ id: 'task-1' })),
      want: { images: web(a) },
    },
    'are those of the first task that tells one': {
      got: pinned(both, pulling(1, { app: a }), pulling(2, web(b))),
      want: { images: web(b) },
    },
    'are those of a task that has stopped too': {
      got: pinned(both, pulling(1, web(a), { lastStatus: 'STOPPED' }), pulling(2, web(b))),
      want: { images: web(a) },
    },
    'are not those of the tasks of other deployments': {
      got: pinned(both, pulling(1, web(a), { deployment: second.digits })),
      want: {},
    },
    'are pinned one by one, the earlier ones kept': {
      got: pinned({ ...both, images: web(a) }, pulling(1, { ...web(b), log: `shop/log@${b}` })),
      want: { images: { ...web(a), log: `shop/log@${b}` } },
    },
    'are pinned once': { got: pinned({ ...both, images: web(a) }, pulling(1, web(b))), want: {} },
    'with a digest of their own are left alone': {
      got: pinned(deployed(containerDefinition({ image: `shop/web:1@${b}` })), pulling(1, web(a))),
      want: {},
    },
    'are left alone where versionConsistency is disabled': {
      got: pinned(deployed(containerDefinition({ versionConsistency: 'disabled' })), pulling(1, web(a))),
      want: {},
    },
    'are pinned where versionConsistency is enabled': {
      got: pinned(deployed(containerDefinition({ versionConsistency: 'enabled' })), pulling(1, web(a))),
      want: { images: web(a) },
    },
    'of containers that others have injected are not pinned': {
      got: pinned(both, pulling(1, { proxy: `mesh/proxy@${a}` })),
      want: {},
    },
  };
  for (const [sentence, { got, want }] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(got, want));
  }

  it('are pinned anew where the record is damaged, and nothing strange in it is started', () => {
    const evil = ['evil/web:1', `evil/web@${a}`, `shop/web@${a.slice(0, -1)}`, `shop/web@${a}a`, 7];
    const strange: unknown[] = ['x', null, [], { log: a }, ...evil.map((image) => ({ app: image }))];
    for (const images of strange) {
      const record = { ...both, images } as DeploymentRecord;
      assert.deepEqual(pinned(record, pulling(1, web(b))), { images: web(b) });
      assert.deepEqual(pinnedSnapshot(record), both.snapshot);
    }
  });

  it('are not pinned by a record that says so of a container whose versionConsistency is disabled', () => {
    const record = deployed(containerDefinition({ versionConsistency: 'disabled' }));
    assert.deepEqual(pinnedSnapshot({ ...record, images: web(a) }), record.snapshot);
  });

  it('have names of containers that every object has too', () => {
    const record = deployed(containerDefinition({ name: 'constructor' }), containerDefinition({ name: '__proto__' }));
    assert.deepEqual(pinnedSnapshot({ ...record, images: {} }), record.snapshot);
  });

  it('are what later tasks are started from, and nothing else of them changes', () => {
    const record = { ...both, images: web(a) };
    const want = content(containerDefinition({ image: `shop/web@${a}` }), log);
    assert.deepEqual(pinnedSnapshot(record), { ...both.snapshot, content: want });
    assert.equal(pinnedSnapshot(record), pinnedSnapshot(record));
  });

  it('are told with what the kubelet said', () => {
    const world = serviceWorld({ tasks: [pulling(1, { app: a })] });
    const message = look(world).status.conditions?.find(({ type }) => type === 'DiffersFromECS')?.message;
    assert.equal(
      message,
      `containerDefinitions[app].image: cannot be pinned, for the kubelet tells what it has pulled as ${a}, which is ` +
        'no digest in a repository web: a tag that moves is seen by the next task.',
    );
  });

  it('of a service that is steady are written down, then looked at no more', () => {
    const running = tasks(2, { pulled: [{ name: 'app', imageId: `docker.io/shop/web@${a}` }] });
    const outcome = { state: 'COMPLETED', at: iso() } as const;
    const completed = [deploymentRecord({ outcome })];
    const world = settled({ service: service({ desiredCount: 2 }), tasks: running, deployments: completed });
    assert.deepEqual(look(world).steps, [`pin shop/web@${a}`]);
    const record = deploymentRecord({ images: web(a), outcome });
    assert.deepEqual(look({ ...world, deployments: [record] }).steps, []);
    assert.deepEqual(look({ ...world, deployments: [record] }).status, world.service.status);
  });

  it('hold for all tasks that start after the first has told them, whatever the tag becomes', () => {
    const digest = fc.constantFrom(a, b, `sha256:${'c'.repeat(64)}`);
    fc.assert(
      fc.property(fc.array(fc.option(digest), { minLength: 1, maxLength: 12 }), (tag) => {
        let record = deployed(app);
        const running: TaskView[] = [];
        const started: string[] = [];
        tag.forEach((moved, index) => {
          const { image } = pinnedSnapshot(record).content.containerDefinitions[0] ?? app;
          started.push(image);
          const told = moved === null || image.includes('@') ? {} : web(moved);
          running.push(pulling(index + 1, told));
          const [step] = pinSteps(serviceWorld({ deployments: [record], tasks: running.toReversed() }), record);
          if (step?.kind === 'pinImages') record = { ...record, images: step.images };
        });
        const first = tag.findIndex((each) => each !== null);
        const want = tag.map((_, index) =>
          first === -1 || index <= first ? 'shop/web:1' : `shop/web@${String(tag[first])}`,
        );
        assert.deepEqual(started, want);
        assert.equal(deploymentHash(record.snapshot), record.hash);
      }),
    );
  });
});
