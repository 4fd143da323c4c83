import type { ContainerDefinition } from '../../api/container-definition.ts';
import { memo } from '../../base/memo.ts';
import { differenceOf, type FieldDifference } from '../differences.ts';
import type { Snapshot } from '../task/snapshot.ts';
import type { TaskView } from '../task/view.ts';
import type { DeploymentRecord } from './deployment.ts';
import type { ServiceStep, ServiceWorld } from './world.ts';

/**
 * A tag may move while a deployment lasts. Its tasks run the same image nevertheless: what the first of them has pulled
 * is written down on the deployment, and its later tasks are started from that digest (Developer Guide, "Container
 * image resolution"). No part of the content: nothing is deployed, or replaced, for it.
 */

/** What the deployment's tasks are made from: its content, with digests in place of the tags that are pinned. */
export const pinnedSnapshot = memo((record: DeploymentRecord): Snapshot => {
  const { snapshot } = record;
  const images = pinnedOf(record);
  const containerDefinitions = snapshot.content.containerDefinitions.map((definition) => ({
    ...definition,
    image: images.get(definition.name) ?? definition.image,
  }));
  return { ...snapshot, content: { ...snapshot.content, containerDefinitions } };
});

/** Writes down what the tasks of the PRIMARY deployment have pulled, of the images that are not pinned yet. */
export function pinSteps(world: ServiceWorld, primary: DeploymentRecord): ServiceStep[] {
  const found = unpinnedOf(world, primary).flatMap(({ definition, ids }) => {
    const [digest] = ids.flatMap((id) => digestOf(definition, id) ?? []);
    return digest === undefined ? [] : [[definition.name, pinnedImage(definition, digest)] as const];
  });
  if (found.length === 0) return [];
  const images = Object.fromEntries([...pinnedOf(primary), ...found]);
  return [{ kind: 'pinImages', deployment: primary, images }];
}

/** The images that no task has told a digest of: ECS goes on without it as well. */
export function unpinnedDifferences(world: ServiceWorld, primary: DeploymentRecord | undefined): FieldDifference[] {
  if (!primary) return [];
  return unpinnedOf(world, primary).flatMap(({ definition, ids }) => {
    const [first] = ids;
    if (first === undefined || ids.some((id) => digestOf(definition, id) !== undefined)) return [];
    const what =
      `cannot be pinned, for the kubelet tells what it has pulled as ${first}, which is no digest in a repository ` +
      `${lastPart(repositoryOf(definition))}: a tag that moves is seen by the next task`;
    return [differenceOf([definition.name], what, 'image')];
  });
}

interface Unpinned {
  readonly definition: ContainerDefinition;
  /** What was pulled for it, by the first task, the second and so on. */
  readonly ids: readonly string[];
}

function unpinnedOf({ tasks }: ServiceWorld, primary: DeploymentRecord): Unpinned[] {
  const pinned = pinnedOf(primary);
  const open = primary.snapshot.content.containerDefinitions.filter(
    (definition) => isToBePinned(definition) && !pinned.has(definition.name),
  );
  if (open.length === 0) return [];
  const own = tasks
    .filter(({ deployment, pulled }) => deployment === primary.digits && pulled !== undefined)
    .toSorted((a, b) => a.launch - b.launch);
  return open.map((definition) => ({ definition, ids: own.flatMap((task) => idsOf(task, definition)) }));
}

function idsOf({ pulled = [] }: TaskView, definition: ContainerDefinition): string[] {
  return pulled.filter(({ name }) => name === definition.name).map(({ imageId }) => imageId);
}

/** What the record says of containers whose images are pinned; what somebody has put there besides is nothing to us. */
function pinnedOf({ snapshot, images }: DeploymentRecord): ReadonlyMap<string, string> {
  const pinned = snapshot.content.containerDefinitions.filter(isToBePinned).flatMap((definition) => {
    const { name } = definition;
    const image: unknown = images?.[name];
    const digest = typeof image === 'string' ? /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1] : undefined;
    return digest !== undefined && image === pinnedImage(definition, digest) ? [[name, image] as const] : [];
  });
  return new Map(pinned);
}

function isToBePinned({ image, versionConsistency }: ContainerDefinition): boolean {
  return versionConsistency !== 'disabled' && !image.includes('@');
}

/**
 * The digest by which a registry knows what was pulled. A mirror has another host and path, but the same image; one that
 * was loaded onto the node has the name of its archive, or none, and no registry knows its digest.
 */
function digestOf(definition: ContainerDefinition, imageId: string): string | undefined {
  const [, repository = '', digest] = /^(.+)@(sha256:[0-9a-f]{64})$/.exec(imageId) ?? [];
  return lastPart(repository) === lastPart(repositoryOf(definition)) ? digest : undefined;
}

function pinnedImage(definition: ContainerDefinition, digest: string): string {
  return `${repositoryOf(definition)}@${digest}`;
}

/** The image without its tag; a colon before a slash is that of a port. */
function repositoryOf({ image }: ContainerDefinition): string {
  return image.replace(/:[^/:]*$/, '');
}

function lastPart(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1);
}
