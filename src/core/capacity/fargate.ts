/** The capacity providers that ECS has without anybody making them (Developer Guide, "Fargate capacity providers"). */
export const fargate = 'FARGATE';
export const fargateSpot = 'FARGATE_SPOT';

/** EKS has no Fargate Spot: what stands in for it only a user can say. */
export const spotAdvice = `EKS has no Fargate Spot: an ECSCapacityProvider with providerName ${fargateSpot} says which nodes stand in for it, a Spot node group for example`;
