import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PodBody } from '../../../../src/core/task/pod/body.ts';
import { renderPod } from '../../../../src/core/task/pod/pod.ts';
import { content, healthCheck, newTask, snapshot } from '../../../support/builders.ts';
import { containersOf } from '../../../support/dependencies.ts';

function specOf(...given: Parameters<typeof containersOf>): PodBody['spec'] {
  return renderPod(newTask({ snapshot: snapshot({ content: content(...containersOf(...given)) }) })).spec;
}

const common = {
  image: 'shop/web:1',
  imagePullPolicy: 'Always',
  resources: { requests: { memory: '128Mi' }, limits: { memory: '128Mi' } },
  securityContext: { readOnlyRootFilesystem: false, privileged: false },
};
const check = {
  exec: { command: ['/bin/sh', '-c', 'nc -z localhost $$(PORT)'] },
  initialDelaySeconds: 10,
  periodSeconds: 10,
  timeoutSeconds: 5,
  successThreshold: 1,
};
const slowCheck = { ...healthCheck, command: ['CMD-SHELL', 'nc -z localhost $(PORT)'], interval: 10 };

describe('the pod of a task with a start order', () => {
  it('has init containers and sidecars before the others', () => {
    const { topologySpreadConstraints: _spread, ...spec } = specOf(
      'app -> migrate (SUCCESS), Proxy (START); migrate? -> db (HEALTHY); db; Proxy?',
      {
        app: { stopTimeout: 45 },
        db: { healthCheck: slowCheck, startTimeout: 65 },
      },
    );
    assert.deepEqual(spec, {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 45,
      initContainers: [
        {
          name: 'db',
          ...common,
          restartPolicy: 'Always',
          readinessProbe: { ...check, failureThreshold: 3 },
          startupProbe: { ...check, initialDelaySeconds: 5, failureThreshold: 6 },
        },
        { name: 'migrate', ...common },
        { name: 'proxy-6ad3fc48', ...common, restartPolicy: 'Always' },
      ],
      containers: [{ name: 'app', ...common }],
    });
  });

  it('waits for health as long as it takes when there is no startTimeout', () => {
    const [db] = specOf('app -> db (HEALTHY); db').initContainers ?? [];
    assert.equal(db?.startupProbe?.failureThreshold, 2 ** 31 - 1);
  });

  it('has a startup probe for a container that is not essential, and no readiness probe', () => {
    const [db] = specOf('app -> db (HEALTHY); db?').initContainers ?? [];
    assert.deepEqual([db?.startupProbe?.periodSeconds, db?.readinessProbe], [30, undefined]);
  });

  it('is not made when a pod cannot keep the order', () => {
    assert.throws(() => specOf('a -> b (START); b -> a (START)'), /web:1 cannot be started: .*a -> b -> a/);
  });
});
