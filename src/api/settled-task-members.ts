import type { SettledMembers } from './difference.ts';
import { annotations } from './labels.ts';

const byRole = 'the ServiceAccount decides on the role: nothing compares it with the one written here';

const ofStorageClass = ['volumeType', 'iops', 'throughput', 'encrypted', 'kmsKeyId', 'filesystemType'];

/** The members of RunTask that an ECSTask takes: what becomes of each, then what is not as on ECS. */
export const settledTaskMembers: SettledMembers = {
  taskDefinition: ['family or family:revision, resolved once, when the task begins'],
  cluster: ['the ECSCluster, by either of its names'],
  count: ['1 alone: an ECSTask is one task'],
  launchType: ['EC2 or FARGATE; the task is Stalled where its definition cannot be launched so'],
  capacityProviderStrategy: ['the ECSCapacityProviders that it may run on'],
  'capacityProviderStrategy[].capacityProvider': [
    'an ECSCapacityProvider, by its name or its providerName; or FARGATE',
  ],
  'capacityProviderStrategy[].weight': ['as on ECS: 0 where it is left out'],
  'capacityProviderStrategy[].base': ['as on ECS'],
  placementConstraints: ['what a node must be, beside those of the task definition'],
  'placementConstraints[].type': ['memberOf or distinctInstance'],
  'placementConstraints[].expression': ['the cluster query language, over the labels of nodes'],
  placementStrategy: [
    'told to the kube-scheduler as far as a pod can say it, or kept exactly with kubernetes.placement operator',
  ],
  'placementStrategy[].type': ['random, spread or binpack'],
  'placementStrategy[].field': ['an attribute of nodes, instanceId or host; cpu or memory'],
  group: ['kept in the status; family:<family> where absent'],
  startedBy: ['kept'],
  tags: [`the annotation ${annotations.tags} of the pod, as JSON`],
  'tags[].key': ['a key of that annotation'],
  'tags[].value': ['its value'],
  propagateTags: ['TASK_DEFINITION adds the tags of the task definition to those of the task'],
  enableECSManagedTags: ['adds aws:ecs:clusterName, with the name of the ECSCluster'],
  platformVersion: ['LATEST alone, and none with launchType EC2'],
  networkConfiguration: ['as its members say'],
  'networkConfiguration.awsvpcConfiguration': ['as its members say'],
  'networkConfiguration.awsvpcConfiguration.subnets': [
    'accepted',
    { what: 'they have no effect: the subnet of a task is that of its node, or of its Fargate profile' },
  ],
  'networkConfiguration.awsvpcConfiguration.assignPublicIp': ['DISABLED alone'],
  volumeConfigurations: [
    'a generic ephemeral volume: a claim of its own, which ends with the pod; DiffersFromECS tells',
  ],
  'volumeConfigurations[].name': ['the volume of the definition that has configuredAtLaunch'],
  'volumeConfigurations[].managedEBSVolume': ['a claim of the StorageClass that kubernetes.storageClassName names'],
  ...ofVolume({
    sizeInGiB: ['the size of the claim'],
    terminationPolicy: ['as its member says'],
    'terminationPolicy.deleteOnTermination': ['true alone'],
    roleArn: ['accepted; it has no effect, as DiffersFromECS tells'],
    ...Object.fromEntries(
      ofStorageClass.map((member) => [member, ['accepted; the StorageClass decides, as DiffersFromECS tells']]),
    ),
  }),
  overrides: ['what this task has different; at most 8192 characters as JSON'],
  'overrides.cpu': ['replaces the CPU of the task'],
  'overrides.memory': ['replaces the memory of the task'],
  'overrides.taskRoleArn': ['the ServiceAccount that kubernetes.serviceAccountName names', { what: byRole }],
  'overrides.executionRoleArn': [
    'accepted',
    {
      what: "it has no effect: images are pulled with the role of the node or of the Fargate profile, or with pull secrets, and Secrets are the cluster's",
    },
  ],
  'overrides.ephemeralStorage': ['replaces that of the definition'],
  'overrides.ephemeralStorage.sizeInGiB': [
    'the size',
    { what: 'a task that writes more is evicted: on ECS its writes fail' },
  ],
  'overrides.containerOverrides': ['what is different in single containers'],
  ...ofContainer({
    name: ['the container; a name that the definition has not is refused with Stalled=True'],
    command: ['replaces the command'],
    environment: ['merged by name with that of the definition; a name that is a secret is refused with Stalled=True'],
    'environment[].name': ['the name'],
    'environment[].value': ['the value'],
    environmentFiles: ['replaces the list'],
    'environmentFiles[].value': ['configmap:NAME, or an ARN that kubernetes.configMaps of the definition maps'],
    'environmentFiles[].type': ['s3 with an ARN', { what: 'a ConfigMap is read instead of S3, and has to follow it' }],
    cpu: ['replaces the CPU units'],
    memory: ['replaces the limit'],
    memoryReservation: ['replaces the request'],
    resourceRequirements: ['replaces the GPUs'],
    'resourceRequirements[].type': ['GPU'],
    'resourceRequirements[].value': ['how many'],
  }),
};

function ofContainer(rows: SettledMembers): SettledMembers {
  return below('overrides.containerOverrides[]', rows);
}

function ofVolume(rows: SettledMembers): SettledMembers {
  return below('volumeConfigurations[].managedEBSVolume', rows);
}

function below(path: string, rows: SettledMembers): SettledMembers {
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [`${path}.${name}`, row]));
}
