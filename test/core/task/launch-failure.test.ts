import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { launchReadiness, refusalWords, type FailedCreate } from '../../../src/core/task/launch-failure.ts';

const quota =
  'pods "web-1" is forbidden: exceeded quota: few, requested: limits.memory=1Gi,pods=1, used: limits.memory=3Gi,pods=2, limited: limits.memory=3Gi,pods=2';

describe('launchReadiness says', () => {
  const cases: Record<string, { readonly failed: FailedCreate; readonly want: readonly [string, string, RegExp] }> = {
    'which quota is used up, by how much, and what to do': {
      failed: { message: quota, refusal: 'QuotaExceeded' },
      want: ['reconciling', 'QuotaExceeded', /exceeded quota: few, .*used: .*pods=2\. Raise that quota or make room/],
    },
    'what admission refused, and what to change': {
      failed: { message: 'pods "a" is forbidden: no.', refusal: 'AdmissionRefused' },
      want: ['reconciling', 'AdmissionRefused', /: no\. Change the task definition, or what refuses it in this namesp/],
    },
    'which ServiceAccount to make': {
      failed: {
        message: 'pods "a" is forbidden: error looking up service account shop/web: serviceaccount "web" not found',
        refusal: 'AdmissionRefused',
      },
      want: ['reconciling', 'AdmissionRefused', /"web" not found\. Make it, or name another in the task definition: /],
    },
    'which PriorityClass to make': {
      failed: { message: 'pods "a" is forbidden: no PriorityClass with name x was found', refusal: 'AdmissionRefused' },
      want: ['reconciling', 'AdmissionRefused', /was found\. Make it, or name another in the task definition: /],
    },
    'that a LimitRange stands against the size of a task': {
      failed: {
        message:
          'Pod "a" is invalid: [spec.resources.requests[cpu]: Invalid value: "250m": must be greater than or equal to aggregate container requests of 1]',
        refusal: 'AdmissionRefused',
      },
      want: [
        'reconciling',
        'AdmissionRefused',
        /requests of 1\]\. A LimitRange of this namespace gives .*: lower those/,
      ],
    },
    'that nothing will come in a namespace that goes': {
      failed: { message: 'it is being terminated', refusal: 'NamespaceTerminating' },
      want: ['stalled', 'NamespaceTerminating', /^The namespace is being deleted/],
    },
    'any other failure in its own words': {
      failed: { message: 'etcdserver: request timed out' },
      want: ['reconciling', 'LaunchFailed', /^etcdserver: request timed out$/],
    },
  };
  for (const [sentence, { failed, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { state, reason, message } = launchReadiness(failed);
      assert.deepEqual([state, reason], want.slice(0, 2));
      assert.match(message, want[2]);
    });
  }
});

describe('refusalWords', () => {
  const cases: Record<string, readonly [message: string, want: string]> = {
    'leave out the pod, and what changes with every task': [
      quota,
      'exceeded quota: few, requested: limits.memory=1Gi,pods=1, limited: limits.memory=3Gi,pods=2',
    ],
    'leave out the pod of a policy’s refusal': ['Pod "a" is invalid: spec: no.', 'spec: no'],
    'are all words of another one': [
      'admission webhook "w" denied the request: no',
      'admission webhook "w" denied the request: no',
    ],
  };
  for (const [sentence, [message, want]] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(refusalWords(message), want);
    });
  }
});
