/** What a user applies in the tests on a real API server: as little as the API takes. */
export interface Manifests {
  /** The cluster that services belong to. */
  cluster(): object;
  /** Capacity of all Linux nodes; in no namespace. */
  provider(name: string): object;
  /** One container with that image, healthy as soon as it is ready. */
  taskDefinition(name: string, image: string, memoryMiB?: number): object;
  /** A service of the task definition of the same name. */
  service(name: string, desiredCount: number, spec?: object): object;
  /** A task of that task definition. */
  task(name: string, taskDefinition: string, spec?: object): object;
}

/** Manifests for objects in that namespace. */
export function manifestsIn(namespace: string): Manifests {
  const object = (kind: string, name: string, spec: object): object => ({
    apiVersion: 'ecs-operator.dev/v1alpha1',
    kind,
    metadata: { name, namespace },
    spec,
  });
  return {
    cluster: () => object('ECSCluster', 'default', {}),
    provider: (name) => ({
      apiVersion: 'ecs-operator.dev/v1alpha1',
      kind: 'ECSCapacityProvider',
      metadata: { name },
      spec: { nodeSelector: { 'kubernetes.io/os': 'linux' } },
    }),
    taskDefinition: (name, image, memoryMiB = 64) => {
      const healthCheck = { command: ['CMD', 'true'], interval: 5 };
      const container = { name: 'app', image, memory: memoryMiB, cpu: 10, healthCheck };
      return object('ECSTaskDefinition', name, { containerDefinitions: [container] });
    },
    task: (name, taskDefinition, spec = {}) => object('ECSTask', name, { taskDefinition, ...spec }),
    service: (name, desiredCount, spec = {}) =>
      object('ECSService', name, { taskDefinition: name, desiredCount, ...spec }),
  };
}
