import { parseTaskDefinitionSpec } from '../../src/api/task-definition.ts';
import { renderPod, type PodBody } from '../../src/core/task/pod.ts';
import { deepFreeze, newTask, snapshot } from './builders.ts';

type Written = Readonly<Record<string, unknown>>;

/** A container as a user writes it: its name, what has to be there, and what the test is about. */
export function container(name: string, members: Written = {}): Written {
  return { name, image: 'shop/web:1', memory: 128, ...members };
}

/** The pod of a task of such a definition, with one container where the test names none. */
export function podOf(spec: Written): PodBody {
  const content = parseTaskDefinitionSpec({ containerDefinitions: [container('app')], ...spec });
  return renderPod(newTask({ snapshot: snapshot({ content: deepFreeze(content) }) }));
}
