import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Refusal } from '../../src/base/refusal.ts';
import { ApiError, UnknownOutcomeError, type Status } from '../../src/kube/errors.ts';
import { refusalOf } from '../../src/kube/refusal.ts';

const pod = { name: 'web-1', kind: 'pods' };
const terminating = { reason: 'NamespaceTerminating', field: 'metadata.namespace' };

function forbidden(why: string, details: Status['details'] = pod): ApiError {
  return new ApiError(403, { reason: 'Forbidden', message: `pods "web-1" is forbidden: ${why}`, details });
}

describe('refusalOf', () => {
  const cases: Record<string, { readonly error: unknown; readonly want: Refusal | undefined }> = {
    'a quota that is used up': {
      error: forbidden('exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2'),
      want: 'QuotaExceeded',
    },
    'a quota that asks for sizes': {
      error: forbidden('failed quota: few: must specify limits.cpu for: app'),
      want: 'AdmissionRefused',
    },
    'a limit range': {
      error: forbidden('maximum memory usage per Container is 50Mi, but limit is 100Mi'),
      want: 'AdmissionRefused',
    },
    'Pod Security': { error: forbidden('violates PodSecurity "restricted:latest"'), want: 'AdmissionRefused' },
    'a namespace that is being deleted': {
      error: forbidden('unable to create new content in namespace shop because it is being terminated', {
        ...pod,
        causes: [terminating],
      }),
      want: 'NamespaceTerminating',
    },
    'a webhook that gives no code': {
      error: new ApiError(400, { message: 'admission webhook "w" denied the request: no' }),
      want: 'AdmissionRefused',
    },
    'a policy': { error: new ApiError(422, { reason: 'Invalid', details: pod }), want: 'AdmissionRefused' },
    'a right that is missing: authorization names no object': {
      error: new ApiError(403, {
        reason: 'Forbidden',
        message: 'pods is forbidden: User "u" cannot create resource "pods"',
        details: { kind: 'pods' },
      }),
      want: undefined,
    },
    'a quota that others change at the same moment': {
      error: new ApiError(409, { reason: 'Conflict', details: { name: 'few', kind: 'resourcequotas' } }),
      want: undefined,
    },
    'a webhook that is down': {
      error: new ApiError(500, { reason: 'InternalError', message: 'failed calling webhook "w"' }),
      want: undefined,
    },
    'an answer that never came': {
      error: new UnknownOutcomeError('', { cause: forbidden('exceeded quota: few') }),
      want: undefined,
    },
  };
  for (const [sentence, { error, want }] of Object.entries(cases)) {
    it(`takes ${sentence} for ${want ?? 'no refusal'}`, () => {
      assert.equal(refusalOf(error), want);
    });
  }
});
