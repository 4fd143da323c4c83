import assert from 'node:assert/strict';
import { it } from 'mocha';
import { gated, podName, taskPod } from '../../../support/standalone.ts';

it('a pod is named after its task, and marked so that nobody moves it', () => {
  const { metadata, spec } = taskPod({ spec: gated });
  assert.equal(metadata.name, podName);
  assert.match(podName, /^job-[0-9a-f]{12}$/);
  assert.equal(metadata.labels?.['ecs-operator.dev/task'], 'job');
  assert.equal(metadata.labels['ecs-operator.dev/service'], undefined);
  assert.equal(metadata.annotations?.['karpenter.sh/do-not-disrupt'], 'true');
  assert.equal(metadata.annotations['cluster-autoscaler.kubernetes.io/safe-to-evict'], 'false');
  assert.equal(spec?.restartPolicy, 'Never');
});
