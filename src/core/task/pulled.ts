import type { TaskFacts } from './facts.ts';

/** What a kubelet has pulled for a container. */
export interface PulledImage {
  /** The ECS name of the container. */
  readonly name: string;
  /** `imageID` of its status. */
  readonly imageId: string;
}

/** What was pulled for the containers whose images have no digest in the pod; undefined when that is nothing. */
export function pulledImages({ containers }: TaskFacts): readonly PulledImage[] | undefined {
  const pulled = containers.flatMap(({ name, image, status: { imageID: imageId = '' } }) =>
    imageId === '' || image?.includes('@') === true ? [] : [{ name, imageId }],
  );
  return pulled.length === 0 ? undefined : pulled;
}
