/** How often is looked anew at why a task is not placed: the cluster changes, and nobody says so. */
export const placementLookMs = 15_000;
