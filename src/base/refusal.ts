/**
 * Why the API server did not take a new object, where somebody else than the operator can do something about it: a
 * ResourceQuota is used up; the namespace is being deleted; or admission refused the object, by a LimitRange, a quota
 * that asks for sizes, Pod Security, a policy or a webhook.
 */
export type Refusal = 'QuotaExceeded' | 'NamespaceTerminating' | 'AdmissionRefused';
