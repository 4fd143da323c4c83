import { annotations } from './labels.ts';
import type { Found, SettledMembers } from './difference.ts';
import { settledContainerMembers } from './settled-container-members.ts';
import { settledReferences } from './settled-references.ts';
import { parseTaskMemory } from './task-size.ts';

/**
 * The members of a task definition that are taken: what becomes of each, then what is not as on ECS. Whoever takes a
 * member out of a schema's `refused` gives it a row here, or in `settled-container-members.ts`, and the compatibility
 * page and the condition follow.
 */
export const settled: SettledMembers = {
  ...settledReferences,
  family: ['names the revisions; metadata.name where absent'],
  networkMode: [
    "awsvpc is the pod's network, host the node's",
    {
      when: (value) => value === 'bridge',
      what: 'the containers share one network, no port of the node is chosen, and a task is reached at its own address',
    },
    { when: (value) => value === 'none', what: 'the task has a network: deny its traffic with a NetworkPolicy' },
  ],
  cpu: [
    'the request and the limit of the pod; on FARGATE, and where the API server has no pod-level resources, in parts at the containers',
    {
      when: (_, found) => isDivided(found),
      what: 'on FARGATE each container has a part of it, by its cpu, as a ceiling',
    },
  ],
  memory: [
    'the request and the limit of the pod; on FARGATE, and where the API server has no pod-level resources, in parts at the containers',
    {
      when: (value, found) => isDivided(found) && !holdsHardLimits(String(value), found),
      what: 'on FARGATE each container has a part of it, as a hard limit of its own',
    },
  ],
  placementConstraints: ['what a node must be, beside those of service or task'],
  'placementConstraints[].type': ['memberOf'],
  'placementConstraints[].expression': ['the cluster query language, over the labels of nodes'],
  requiresCompatibilities: ['checked at admission for FARGATE, and against the launchType of services'],
  runtimePlatform: ['a node selector'],
  'runtimePlatform.cpuArchitecture': ['a node selector; nodes of any architecture where absent'],
  'runtimePlatform.operatingSystemFamily': ['a node selector; LINUX alone'],
  pidMode: ['task shares the processes of the pod, host those of the node'],
  ipcMode: [
    "task is how a pod is, host shares the node's",
    { when: (value) => value === 'none', what: 'the containers share IPC resources with each other' },
  ],
  tags: [
    `the annotation ${annotations.tags} of the tasks, as JSON; of an ECSTask with propagateTags`,
    { what: 'they belong to the revision: changing one registers another' },
  ],
  'tags[].key': ['a key of that annotation'],
  'tags[].value': ['its value'],
  containerDefinitions: ['the containers of the pod'],
  ...settledContainerMembers,
};

/** Fargate sizes a pod by its containers, whose requests have to equal their limits. */
function isDivided({ spec }: Found): boolean {
  return spec.containerDefinitions.length > 1 && spec.requiresCompatibilities?.includes('FARGATE') === true;
}

/** Whether every container has its hard limit whole, whatever the others do. */
function holdsHardLimits(memory: string, { spec }: Found): boolean {
  const sum = spec.containerDefinitions.reduce((total, each) => total + (each.memory ?? Infinity), 0);
  return sum <= parseTaskMemory(memory);
}
