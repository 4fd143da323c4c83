/** A Fargate profile: a pod that matches any selector runs on Fargate. */
export interface FargateProfile {
  readonly name: string;
  /** At most five, as EKS allows. */
  readonly selectors: readonly FargateSelector[];
}

export interface FargateSelector {
  /** May hold `*` and `?`. */
  readonly namespace: string;
  /** All must be there; values may hold `*` and `?`. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The profiles of every local cluster. Profiles are immutable in EKS, and so is this list. */
export const fargateProfiles: readonly FargateProfile[] = [
  { name: 'ecs-fargate', selectors: [{ namespace: '*', labels: { 'ecs-operator.dev/launch-type': 'FARGATE' } }] },
];
