import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  ApiError,
  isAlreadyExists,
  isConflict,
  isGone,
  isInvalid,
  isNotFound,
  isVersionTooLarge,
  UnknownOutcomeError,
} from '../../src/kube/errors.ts';

describe('The message of an ApiError', () => {
  const causes = [
    { field: 'spec.b', message: 'Invalid value: "$&": no' },
    { field: 'spec.a', message: 'Required value' },
  ];

  it('tells what is wrong with an object in the same order each time', () => {
    const [b = '', a = ''] = causes.map(({ field, message }) => `${field}: ${message}`);
    const messages = [
      { causes, message: `Pod "x" is invalid: [${b}, ${a}]` },
      { causes: causes.toReversed(), message: `Pod "x" is invalid: [${a}, ${b}]` },
    ].map(({ causes: given, message }) => new ApiError(422, { message, details: { causes: given } }).message);
    assert.deepEqual(messages, Array(2).fill(`Pod "x" is invalid: [${a}, ${b}]`));
  });

  it('is as the API server has it where its causes say something else', () => {
    const message = 'Pod "x" is invalid: [b, a]';
    assert.equal(new ApiError(422, { message, details: { causes } }).message, message);
  });
});

const predicates = { isNotFound, isConflict, isAlreadyExists, isGone, isInvalid, isVersionTooLarge };

describe('The predicates on errors', () => {
  const cases: Record<string, { error: unknown; want: readonly (keyof typeof predicates)[] }> = {
    'not found': { error: new ApiError(404, { reason: 'NotFound' }), want: ['isNotFound'] },
    'not found, by a server that says no more': { error: new ApiError(404, {}), want: ['isNotFound'] },
    'a conflict': { error: new ApiError(409, { reason: 'Conflict' }), want: ['isConflict'] },
    'an object that exists is no conflict': {
      error: new ApiError(409, { reason: 'AlreadyExists' }),
      want: ['isAlreadyExists'],
    },
    'a version no longer kept': { error: new ApiError(410, { reason: 'Expired' }), want: ['isGone'] },
    'an object that breaks its schema': { error: new ApiError(422, { reason: 'Invalid' }), want: ['isInvalid'] },
    'a version yet to come': {
      error: new ApiError(504, { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } }),
      want: ['isVersionTooLarge'],
    },
    'another refusal': { error: new ApiError(403, { reason: 'Forbidden' }), want: [] },
    'an unknown outcome, whatever its cause': {
      error: new UnknownOutcomeError('', { cause: new ApiError(409, {}) }),
      want: [],
    },
    'something else that was thrown': { error: { status: 404 }, want: [] },
  };
  for (const [sentence, { error, want }] of Object.entries(cases)) {
    it(`know ${sentence}`, () => {
      const holding = Object.entries(predicates).filter(([, predicate]) => predicate(error));
      assert.deepEqual(
        holding.map(([name]) => name),
        want,
      );
    });
  }
});
