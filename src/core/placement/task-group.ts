import { labels } from '../../api/labels.ts';
import { dnsName } from '../../base/dns-name.ts';

type Labels = Readonly<Record<string, string>>;

/** The tasks that spread and distinctInstance count together, as pods know each other: by labels. */
export interface TaskGroup {
  /** In ECS's form: `service:web`, `family:job`, or what RunTask names. */
  readonly name: string;
  /** All of them. */
  readonly members: Labels;
  /** Those among which the task is spread. */
  readonly spread: Labels;
}

/** As the value of a label, whatever the name of the group has in it. */
export function groupLabel(name: string): string {
  return dnsName(name);
}

/**
 * The group of a service's tasks. They are spread by deployment: what a roll-out leaves is even, while its old tasks,
 * which go, would push the new ones to where they do not run.
 */
export function serviceGroup(service: { readonly name: string; readonly shown: string }, digits: string): TaskGroup {
  const members = { [labels.service]: service.name };
  return { name: `service:${service.shown}`, members, spread: { ...members, [labels.deployment]: digits } };
}

/** The group of a standalone task, within its cluster. */
export function standaloneGroup(name: string, cluster: string): TaskGroup {
  const members = { [labels.group]: groupLabel(name), [labels.cluster]: cluster };
  return { name, members, spread: members };
}
