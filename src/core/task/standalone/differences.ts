import { taskMembers } from '../../../api/members.ts';
import type { TaskSpec } from '../../../api/task.ts';
import { valuesAt, type FieldDifference } from '../../differences.ts';

const differing = taskMembers().flatMap(({ path, outcome }) =>
  outcome.kind === 'honoured' ? outcome.differences.map(({ what }) => ({ path, what })) : [],
);

/** What of the request is not as on ECS, in the order of the table of members. */
export function taskDifferencesOf(spec: TaskSpec): readonly FieldDifference[] {
  return differing.flatMap(({ path, what }) => {
    const paths = valuesAt(spec, path).map((each) => each.path);
    return paths.length === 0 ? [] : [{ paths, what }];
  });
}
