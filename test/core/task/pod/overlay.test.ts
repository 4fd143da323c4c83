import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { podOf } from '../../../support/written-pod.ts';

/** The profile of the container runtime, as on ECS. */
const usual = { seccompProfile: { type: 'RuntimeDefault' } };

describe('the kubernetes block', () => {
  const cases: Record<string, { kubernetes: object; want: object }> = {
    'without a ServiceAccount there is no token': {
      kubernetes: {},
      want: { automountServiceAccountToken: false, securityContext: usual },
    },
    'a ServiceAccount decides on the token itself': {
      kubernetes: { serviceAccountName: 'shop-web' },
      want: { serviceAccountName: 'shop-web', securityContext: usual },
    },
    'says which nodes will do, and what the task is worth': {
      kubernetes: {
        nodeSelector: { 'eks.amazonaws.com/nodegroup': 'large' },
        tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'shop', effect: 'NoSchedule' }],
        priorityClassName: 'high',
      },
      want: {
        automountServiceAccountToken: false,
        nodeSelector: { 'eks.amazonaws.com/nodegroup': 'large' },
        tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'shop', effect: 'NoSchedule' }],
        priorityClassName: 'high',
        securityContext: usual,
      },
    },
    'gives files of volumes a group': {
      kubernetes: {
        podOverlay: {
          securityContext: { fsGroup: 1000, fsGroupChangePolicy: 'OnRootMismatch', supplementalGroups: [2000] },
        },
      },
      want: {
        automountServiceAccountToken: false,
        securityContext: { ...usual, fsGroup: 1000, fsGroupChangePolicy: 'OnRootMismatch', supplementalGroups: [2000] },
      },
    },
  };
  for (const [sentence, { kubernetes, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { containers: _containers, topologySpreadConstraints: _spread, ...spec } = podOf({ kubernetes }).spec;
      assert.deepEqual(spec, {
        restartPolicy: 'Never',
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 30,
        ...want,
      });
    });
  }

  it('adds labels and annotations, and takes none of ours', () => {
    const plain = podOf({}).metadata;
    const { labels, annotations } = podOf({
      kubernetes: {
        podOverlay: {
          labels: { team: 'shop', 'ecs-operator.dev/service': 'other', 'app.kubernetes.io/managed-by': 'me' },
          annotations: { 'prometheus.io/scrape': 'true', 'ecs-operator.dev/launch': '99' },
        },
      },
    }).metadata;
    assert.deepEqual(labels, { ...plain.labels, team: 'shop' });
    assert.deepEqual(annotations, { ...plain.annotations, 'prometheus.io/scrape': 'true' });
  });

  it('has no member that could restart, bind or give away a task', () => {
    const { restartPolicy, nodeName, ...rest } = podOf({
      kubernetes: { restartPolicy: 'Always', nodeName: 'n', podOverlay: { spec: { restartPolicy: 'Always' } } },
    }).spec;
    assert.equal(restartPolicy, 'Never');
    assert.equal(nodeName, undefined);
    assert.deepEqual(Object.keys(rest).toSorted(), [
      'automountServiceAccountToken',
      'containers',
      'enableServiceLinks',
      'securityContext',
      'terminationGracePeriodSeconds',
      'topologySpreadConstraints',
    ]);
  });
});
