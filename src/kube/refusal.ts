import type { Refusal } from '../base/refusal.ts';
import { ApiError, isInvalid } from './errors.ts';

/**
 * What a refused create means; undefined for what is no refusal of that object: a fault, a conflict, a missing right.
 *
 * Admission names the object in `details.name`, authorization does not, for a create has no name in its path. A quota
 * can be told by its text alone: the API server gives it no cause.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (isNamespaceTerminating(error)) return 'NamespaceTerminating';
  if (error.status === 403 && error.details.name !== undefined) {
    return error.message.includes('exceeded quota: ') ? 'QuotaExceeded' : 'AdmissionRefused';
  }
  // A webhook that gives no code of its own answers with 400, a ValidatingAdmissionPolicy with 422.
  return error.status === 400 || isInvalid(error) ? 'AdmissionRefused' : undefined;
}

/** Nothing can be created in the namespace any more. */
export function isNamespaceTerminating(error: unknown): boolean {
  return error instanceof ApiError && error.causes.some(({ reason }) => reason === 'NamespaceTerminating');
}
