/** What the AWS CLI prints, cut down to what the tests of the conversion look at. */

type Members = Readonly<Record<string, unknown>>;

/** A container as describe-task-definition prints it, what is unset as empty lists. */
export function describedContainer(members: Members = {}): Members {
  return {
    name: 'app',
    image: 'registry.example/web:1',
    cpu: 256,
    memory: 512,
    essential: true,
    portMappings: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }],
    environment: [{ name: 'MODE', value: 'fast' }],
    mountPoints: [],
    volumesFrom: [],
    systemControls: [],
    ...members,
  };
}

/** What describe-task-definition prints. */
export function describedTaskDefinition(members: Members = {}): Members {
  return {
    taskDefinition: {
      taskDefinitionArn: 'arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7',
      family: 'web',
      revision: 7,
      status: 'ACTIVE',
      networkMode: 'awsvpc',
      containerDefinitions: [describedContainer()],
      volumes: [],
      placementConstraints: [],
      compatibilities: ['EC2', 'FARGATE'],
      requiresAttributes: [{ name: 'ecs.capability.task-eni' }],
      registeredAt: 1_700_000_000.1,
      registeredBy: 'arn:aws:iam::123456789012:root',
      ...members,
    },
  };
}

/** What describe-services prints of one service. */
export function describedService(members: Members = {}): Members {
  return {
    serviceArn: 'arn:aws:ecs:eu-west-1:123456789012:service/prod/web',
    serviceName: 'web',
    clusterArn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/prod',
    loadBalancers: [],
    serviceRegistries: [],
    status: 'ACTIVE',
    desiredCount: 4,
    runningCount: 4,
    pendingCount: 0,
    launchType: 'FARGATE',
    platformVersion: 'LATEST',
    platformFamily: 'Linux',
    taskDefinition: 'arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7',
    deploymentConfiguration: {
      deploymentCircuitBreaker: { enable: false, rollback: false },
      maximumPercent: 200,
      minimumHealthyPercent: 50,
    },
    deployments: [{ id: 'ecs-svc/1' }],
    events: [],
    createdAt: 1_700_000_000.1,
    placementConstraints: [],
    placementStrategy: [],
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: 'ECS' },
    enableECSManagedTags: false,
    propagateTags: 'NONE',
    enableExecuteCommand: false,
    ...members,
  };
}
