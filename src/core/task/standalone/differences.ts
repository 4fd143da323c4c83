import { taskMembers } from '../../../api/members.ts';
import { differencesBy } from '../../differences.ts';

/** What of a request to run a task is not as on ECS, in the order of the table of members. */
export const taskDifferencesOf = differencesBy(taskMembers());
