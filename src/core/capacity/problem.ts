/** Why tasks cannot run on a provider, or by a strategy. */
export interface CapacityProblem {
  readonly kind: 'missing';
  readonly reason:
    | 'ClusterNotFound'
    | 'CapacityProviderNotFound'
    | 'CapacityProviderClash'
    | 'CapacityProviderDeleting'
    | 'CapacityProviderNotAllowed'
    | 'CapacityProviderNotInCluster'
    | 'InvalidCapacityProviderStrategy';
  readonly message: string;
}
