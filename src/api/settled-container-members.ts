import { annotations } from './labels.ts';
import type { Difference, Found, SettledMembers } from './difference.ts';
import { safeSysctls } from './sysctls.ts';

/** The members of a container definition that are taken, by their names: as in `settled`, of which they are a part. */
const rows: SettledMembers = {
  name: ['the name of the container, changed where a pod does not allow it'],
  image: ['pulled at every start'],
  cpu: ['a request: a share and no ceiling; on FARGATE a limit too'],
  memory: ['the limit'],
  memoryReservation: ['the request'],
  essential: ['its exit ends the task'],
  dependsOn: ['init containers and native sidecars, where those keep the order; refused with the reason elsewhere'],
  'dependsOn[].containerName': ['the container it waits for'],
  'dependsOn[].condition': ['SUCCESS and COMPLETE: an init container; START and HEALTHY: a sidecar'],
  restartPolicy: ['nothing is restarted in place: enabled must be false'],
  'restartPolicy.enabled': [
    'false alone: ECS restarts a container that ran long enough, and Kubernetes by exit code, however short it ran',
  ],
  'restartPolicy.ignoredExitCodes': ['counts only where enabled is true'],
  'restartPolicy.restartAttemptPeriod': ['counts only where enabled is true'],
  startTimeout: ['how long the startup probe of a sidecar may fail'],
  stopTimeout: [
    'the longest of a task is the grace period of its pod; the condition DiffersFromECS tells which are shorter',
  ],
  entryPoint: ['the command of the container, word for word'],
  command: ['its arguments, word for word'],
  environment: ['environment variables, word for word'],
  'environment[].name': ['the name'],
  'environment[].value': ['the value'],
  portMappings: ['ports of the container'],
  'portMappings[].containerPort': ['the port'],
  'portMappings[].containerPortRange': ['needs nothing: every port of a task can be reached at its address'],
  'portMappings[].hostPort': ['a port of the node in network mode bridge, where it is not 0'],
  'portMappings[].protocol': ['the protocol'],
  'portMappings[].name': ['kept', { what: 'nothing reads it until there is Service Connect' }],
  'portMappings[].appProtocol': ['kept', { what: 'nothing reads it until there is Service Connect' }],
  healthCheck: [
    'a readiness probe; deployments wait for it',
    {
      when: (_, { container }) => container?.essential === true,
      what: 'a task that becomes unhealthy is not replaced yet',
    },
    {
      when: (_, { container }) => container?.essential === false,
      what: 'it is not run in a container that is not essential',
    },
  ],
  'healthCheck.command': ['the command of the probe'],
  'healthCheck.interval': ['its period, and the wait before the first'],
  'healthCheck.timeout': ['its timeout'],
  'healthCheck.retries': ['its failure threshold'],
  'healthCheck.startPeriod': ['until it is over, and the retries, a check that never passed says UNKNOWN'],
  workingDirectory: ['the working directory'],
  user: ['the user and group of the container, by number'],
  readonlyRootFilesystem: ['a read-only root file system'],
  privileged: ['a privileged container; not on FARGATE'],
  hostname: [
    'the host name of the pod',
    sharedByAll('every container of the task has it'),
    { when: (_, { spec }) => spec.networkMode === 'host', what: 'in network mode host the name is that of the node' },
  ],
  interactive: ['stdin is kept open'],
  pseudoTerminal: ['a terminal'],
  dockerLabels: [
    `the annotation ${annotations.dockerLabels} of the task, as JSON by container`,
    { what: `containers have no labels: they are in the annotation ${annotations.dockerLabels} of the task` },
  ],
  extraHosts: ['entries of /etc/hosts', sharedByAll('every container of the task has them')],
  'extraHosts[].hostname': ['the name'],
  'extraHosts[].ipAddress': ['the address'],
  dnsServers: ['the servers of the pod, instead of those of the cluster', sharedByAll('every container asks them')],
  dnsSearchDomains: [
    'search domains of the pod',
    sharedByAll('every container has them'),
    {
      when: (_, { spec }) => !hasDnsServers(spec),
      what: 'those of the cluster come first, unless dnsServers is set',
    },
  ],
  systemControls: [
    'sysctls of the pod',
    {
      when: isUnsafe,
      what: 'the kubelets must allow those that are not safe (--allowed-unsafe-sysctls), or tasks end with SysctlForbidden',
    },
    sharedByAll('every container of the task has them'),
  ],
  'systemControls[].namespace': ['the name of the sysctl'],
  'systemControls[].value': ['its value'],
  dockerSecurityOptions: [
    "the security context: privilege escalation, AppArmor, seccomp, SELinux; without one, the container runtime's seccomp profile",
  ],
  resourceRequirements: ['nvidia.com/gpu, requested and limited'],
  'resourceRequirements[].type': ['GPU'],
  'resourceRequirements[].value': ['how many'],
  logConfiguration: [
    `the annotation ${annotations.logConfiguration} of the task, as JSON by container`,
    {
      what: `logs go to the files of the node: its collector has to send them on, as the annotation ${annotations.logConfiguration} says`,
    },
  ],
  'logConfiguration.logDriver': ['in the annotation'],
  'logConfiguration.options': ['in the annotation'],
  'logConfiguration.secretOptions': [
    'in the annotation: the name of each and where its value is kept',
    { what: 'nothing reads their values: the collector of the node needs a way of its own to them' },
  ],
  'logConfiguration.secretOptions[].name': ['in the annotation'],
  'logConfiguration.secretOptions[].valueFrom': ['in the annotation'],
  firelensConfiguration: [
    'the router runs, and starts before the containers with the log driver awsfirelens, which get FLUENT_HOST and FLUENT_PORT',
    {
      what: 'it gets what containers send to it themselves, and runs as its image is configured: what they print goes to the files of the node, for the collector there',
    },
  ],
  'firelensConfiguration.type': ['the type'],
  'firelensConfiguration.options': [
    'enable-ecs-log-metadata alone: a file of its own is named in the command of the router',
    { what: 'what the router adds to a record is up to its own configuration' },
  ],
  versionConsistency: [
    'the digest that the first task of a deployment has pulled is what its later tasks are started from, unless it is disabled',
  ],
  linuxParameters: ['as its members say'],
  'linuxParameters.capabilities': ['capabilities of the container'],
  'linuxParameters.capabilities.add': ['added to those of the runtime'],
  'linuxParameters.capabilities.drop': ['taken from those of the runtime'],
  'linuxParameters.initProcessEnabled': [
    'the pod shares its processes, and its own init reaps orphans',
    sharedByAll('the containers of the task see the processes of each other'),
  ],
  'linuxParameters.maxSwap': [
    '0 alone: containers have no swap where the kubelet does not give it',
    {
      when: (_, { container }) => isBurstable(container),
      what: 'on a node whose kubelet has swapBehavior LimitedSwap it may swap, unless its memoryReservation is its memory',
    },
  ],
  'linuxParameters.swappiness': ['without effect, as on ECS where maxSwap does not give swap'],
  'linuxParameters.sharedMemorySize': ['a volume in memory at /dev/shm; what it holds counts as memory'],
  'linuxParameters.tmpfs': ['volumes in memory; what they hold counts as memory'],
  'linuxParameters.tmpfs[].containerPath': ['where it is mounted'],
  'linuxParameters.tmpfs[].size': ['its size limit'],
  'linuxParameters.tmpfs[].mountOptions': ['kept', { what: 'volumes in memory have no mount options' }],
};

/** The same, by their paths in a task definition. */
export const settledContainerMembers: SettledMembers = Object.fromEntries(
  Object.entries(rows).map(([name, row]) => [`containerDefinitions[].${name}`, row]),
);

/** What ECS gives to a container and a pod has once matters where there are others. */
function sharedByAll(what: string): Difference {
  return { when: (_, { spec }) => spec.containerDefinitions.length > 1, what };
}

function hasDnsServers({ containerDefinitions }: Found['spec']): boolean {
  return containerDefinitions.some(({ dnsServers = [] }) => dnsServers.length > 0);
}

/** What has more memory than is set aside for it. */
function isBurstable(container: Found['container']): boolean {
  const { memory, memoryReservation = memory } = container ?? {};
  return memoryReservation !== memory;
}

function isUnsafe(_: unknown, { container }: Found): boolean {
  return container?.systemControls?.some(({ namespace }) => !safeSysctls.has(namespace)) ?? false;
}
