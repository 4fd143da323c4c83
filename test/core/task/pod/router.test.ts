import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { container, podOf } from '../../../support/written-pod.ts';

const router = container('log_router', { firelensConfiguration: { type: 'fluentbit' } });
const routed = { logConfiguration: { logDriver: 'awsfirelens' } };
const variables = [
  { name: 'FLUENT_HOST', value: '127.0.0.1' },
  { name: 'FLUENT_PORT', value: '24224' },
];

describe('a task with a log router', () => {
  it('starts it first and stops it last, as a sidecar', () => {
    const { spec } = podOf({ containerDefinitions: [container('app', routed), container('job'), router] });
    const [early] = spec.initContainers ?? [];
    assert.deepEqual([early?.image, early?.restartPolicy, early?.env], ['shop/web:1', 'Always', undefined]);
    assert.deepEqual(
      spec.containers.map(({ name }) => name),
      ['app', 'job'],
    );
  });

  for (const networkMode of ['awsvpc', 'bridge']) {
    it(`tells those that use it where it is, in network mode ${networkMode}`, () => {
      const environment = [
        { name: 'FLUENT_HOST', value: 'elsewhere' },
        { name: 'A', value: 'b' },
      ];
      const app = container('app', { ...routed, environment });
      const { containers } = podOf({ networkMode, containerDefinitions: [app, container('job'), router] }).spec;
      assert.deepEqual(
        containers.map(({ env }) => env),
        [[{ name: 'A', value: 'b' }, ...variables], undefined],
      );
    });
  }

  it('tells nobody in network mode host, as on ECS', () => {
    const { containers } = podOf({
      networkMode: 'host',
      containerDefinitions: [container('app', routed), router],
    }).spec;
    assert.equal(containers[0]?.env, undefined);
  });
});
