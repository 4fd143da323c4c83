import type { Pod } from '../../../api/meta.ts';

/** What we write of a pod: the API server fills in the rest. */
export interface PodBody {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: NonNullable<Pod['spec']>;
}

/** A container of it, or an init container. */
export type PodContainer = NonNullable<Pod['spec']>['containers'][number];
