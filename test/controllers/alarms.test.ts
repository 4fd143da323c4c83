import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { alarmsFor } from '../../src/controllers/alarms.ts';
import type { AlarmPort } from '../../src/core/service/alarm-watch.ts';
import { nextAtMs, watched, withAlarms } from '../support/alarms.ts';
import { deploymentRecord, service } from '../support/builders.ts';
import { after, first, look, second, settled } from '../support/world.ts';

/** Somebody who looks at alarms, and what was asked. */
function recording(): { readonly port: AlarmPort; readonly asked: string[] } {
  const asked: string[] = [];
  const watch: AlarmPort['watch'] = (deployment, alarms) => {
    asked.push(`${deployment}: ${alarms.map(({ name }) => name).join()}`);
    return { kind: 'waiting', nextAtMs };
  };
  return { port: { watch }, asked };
}

describe('the alarms of a service', () => {
  const own = withAlarms(['Errors', 'Slow']);
  const waits = { alarms: { kind: 'waiting', nextAtMs } };

  it('are asked for under a name that the deployment has alone, each time that it is PRIMARY', () => {
    const { port, asked } = recording();
    assert.deepEqual(alarmsFor(own, [first, second], port), waits);
    const again = deploymentRecord({ ...first, sequence: 3 });
    assert.deepEqual(alarmsFor(own, [again, second], port), waits);
    assert.deepEqual(asked, [
      `shop/ecs-svc-${second.digits}/2: Errors,Slow`,
      `shop/ecs-svc-${first.digits}/3: Errors,Slow`,
    ]);
  });

  it('are asked for by nobody where there are none, no deployment, or none in progress', () => {
    const { port, asked } = recording();
    assert.deepEqual(alarmsFor(service(), [first], port), {});
    assert.deepEqual(alarmsFor(own, [], port), {});
    const done = settled({ service: withAlarms(['Errors'], { bakeTimeInMinutes: 0 }) });
    assert.deepEqual(alarmsFor(done.service, [first], port), {});
    assert.deepEqual(asked, []);
    const rollingOut = watched(undefined);
    const looked = after(rollingOut, look(rollingOut));
    assert.deepEqual(alarmsFor(looked.service, looked.deployments, port), waits);
  });

  it('are known to be watched by nobody where nobody looks at any', () => {
    assert.deepEqual(alarmsFor(own, [first], undefined), { alarms: { kind: 'off' } });
    assert.deepEqual(alarmsFor(service(), [first], undefined), {});
  });
});
