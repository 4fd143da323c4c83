import type { Service } from '../../api/service.ts';
import type { EventRecord } from '../../base/events.ts';
import { clip } from '../../base/text.ts';
import { wordsOf } from '../placement/failure-words.ts';
import type { WhyNot } from '../placement/model-types.ts';
import { deploymentId, type DeploymentOutcome } from './deployment.ts';

/**
 * Service events in ECS's words, as `DescribeServices` returns them. ECS does not put numbers and nouns into agreement
 * ("1 tasks"), and neither do we.
 */

/** Task ids named in one message, and nodes; beyond it they are counted, so that a message stays within its bound. */
const namedTasks = 10;
const namedNodes = 3;

/** What the schema and a Kubernetes event take. */
const longestMessage = 1024;

/** The name in events: `spec.serviceName`, else the object's name. */
export function displayName(service: Service): string {
  return service.spec.serviceName ?? service.metadata.name;
}

export function startedTasks(service: Service, ids: readonly string[]): EventRecord {
  return event(service, ['TasksStarted', 'StartTasks'], `has started ${String(ids.length)} tasks: ${nameTasks(ids)}.`);
}

export function stoppedRunningTasks(service: Service, ids: readonly string[]): EventRecord {
  const message = `has stopped ${String(ids.length)} running tasks: ${nameTasks(ids)}.`;
  return event(service, ['TasksStopped', 'StopTasks'], message);
}

export function stoppedPendingTasks(service: Service, count: number): EventRecord {
  return event(service, ['TasksStopped', 'StopTasks'], `stopped ${String(count)} pending tasks.`);
}

/** @param replacing how many of them replace tasks whose health checks fail. */
export function replacedTasks(service: Service, ids: readonly string[], replacing: number): EventRecord {
  const replaced = `Amazon ECS replaced ${String(replacing)} tasks due to an unhealthy status.`;
  const message = `has started ${String(ids.length)} tasks: ${nameTasks(ids)}. ${replaced}`;
  return event(service, ['TasksStarted', 'StartTasks'], message);
}

export function failedHealthChecks(service: Service, id: string): EventRecord {
  return {
    ...event(service, ['TaskUnhealthy', 'StopTasks'], `(task ${id}) failed container health checks.`),
    type: 'Warning',
  };
}

/** @param why what is wrong with what its pod says. */
export function notProtected(service: Service, id: string, why: string): EventRecord {
  const message = `cannot protect (task ${id}): ${clip(why, 800)}.`;
  return { ...event(service, ['ProtectionRefused', 'ProtectTasks'], message), type: 'Warning' };
}

/** @param digits of the deployment whose tasks they are. */
export function heldByProtection(service: Service, digits: string, count: number): EventRecord {
  const message =
    `was unable to reach steady state because (taskSet ${deploymentId(digits)}) was unable to scale in ` +
    `due to (reason ${String(count)} tasks under protection)`;
  return event(service, ['TasksProtected', 'StopTasks'], message);
}

/** @param nodes those that they are on, each with why it is lost. */
export function lostTasks(service: Service, ids: readonly string[], nodes: readonly string[]): EventRecord {
  const message = `has lost ${String(ids.length)} tasks on ${named(nodes, ', ', namedNodes)}, which it replaces: ${nameTasks(ids)}.`;
  return { ...event(service, ['TasksLost', 'StartTasks'], message), type: 'Warning' };
}

export function deploymentCompleted(service: Service, digits: string): EventRecord {
  const message = `(deployment ${deploymentId(digits)}) deployment completed.`;
  return event(service, ['DeploymentCompleted', 'Deploy'], message);
}

/** A deployment that has ended without success. */
export function deploymentEnded(
  service: Service,
  { digits }: { readonly digits: string },
  { state, reason = '' }: DeploymentOutcome,
): EventRecord {
  const how = state === 'FAILED' ? 'failed' : 'stopped';
  const message = `(deployment ${deploymentId(digits)}) deployment ${how}: ${reason}.`;
  return {
    ...event(service, [state === 'FAILED' ? 'DeploymentFailed' : 'DeploymentStopped', 'Deploy'], message),
    type: 'Warning',
  };
}

/** @param problem why a command to stop a deployment is not followed. */
export function stopRefused(service: Service, problem: string): EventRecord {
  const message = `was unable to stop a deployment: ${problem}`;
  return { ...event(service, ['StopDeploymentRefused', 'Deploy'], message), type: 'Warning' };
}

/** @param digits of the deployment that is PRIMARY again. */
export function rollingBack(service: Service, digits: string): EventRecord {
  const message = `rolling back to deployment ${deploymentId(digits)}.`;
  return { ...event(service, ['DeploymentRolledBack', 'Deploy'], message), type: 'Warning' };
}

export function steadyState(service: Service): EventRecord {
  return event(service, ['SteadyState', 'Reconcile'], 'has reached a steady state.');
}

/** @param reason why the API server refuses the task, such as a quota that is used up. */
export function unableToPlace(service: Service, reason: string): EventRecord {
  const message = `was unable to place a task. Reason: ${clip(reason, 800)}.`;
  return { ...event(service, ['TaskNotPlaced', 'StartTasks'], message), type: 'Warning' };
}

const unmet = 'was unable to place a task because no container instance met all of its requirements. Reason: ';
const seeGuide = 'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';

/** No node takes a task. */
export function noInstanceMet(service: Service, whyNot: WhyNot): EventRecord {
  const reason = whyNot.counts.length === 0 ? whyNot.sentence : `${closestOf(whyNot)}. ${whyNot.sentence}`;
  const told = event(service, ['TaskNotPlaced', 'StartTasks'], `${unmet}${clip(reason, 700)}. ${seeGuide}`);
  return { ...told, type: 'Warning' };
}

function closestOf({ reason, closest }: WhyNot): string {
  const instance = closest ? `(container-instance ${closest.node})` : 'container-instance';
  return `The closest matching ${instance} ${wordsOf(reason).closest}`;
}

/** Whether a message says the same but for the nodes, which come and go. */
export function isSameFailure(whyNot: WhyNot): (message: string) => boolean {
  const words = whyNot.counts.length === 0 ? whyNot.sentence : wordsOf(whyNot.reason).closest;
  return (message) => message.includes(unmet) && message.includes(words);
}

/** Tasks were never RUNNING, several times in a row. */
export function unableToStart(service: Service): EventRecord {
  const message = `is unable to consistently start tasks successfully. ${seeGuide}`;
  return { ...event(service, ['TasksNotStarting', 'StartTasks'], message), type: 'Warning' };
}

/** As many tasks of the cluster wait for a node as may. */
export function provisioningLimitExceeded(service: Service): EventRecord {
  const message =
    'was unable to place tasks in your cluster because the tasks provisioning capacity limit was exceeded.';
  return { ...event(service, ['TaskNotPlaced', 'StartTasks'], message), type: 'Warning' };
}

/** @param error what the API server answered. */
export function failedLaunch(service: Service, error: string): EventRecord {
  const message = `failed to launch a task with (error ${clip(error, 800)}).`;
  return { ...event(service, ['LaunchFailed', 'StartTasks'], message), type: 'Warning' };
}

export function deploymentStuck(service: Service): EventRecord {
  const message =
    'was unable to stop or start tasks during a deployment because of the service deployment configuration. ' +
    'Update the minimumHealthyPercent or maximumPercent value and try again.';
  return { ...event(service, ['DeploymentStuck', 'Deploy'], message), type: 'Warning' };
}

/** They fired when the deployment began, and count no more for it. */
export function alarmsIgnored(service: Service, digits: string, names: readonly string[]): EventRecord {
  const message = `(deployment ${deploymentId(digits)}) ignores alarms that fired when it began: ${names.join(', ')}.`;
  return { ...event(service, ['AlarmsIgnored', 'Deploy'], message), type: 'Warning' };
}

/** @param why names the field, and says what would be right. */
export function alarmsNotWatched(service: Service, digits: string, why: string): EventRecord {
  const message = `(deployment ${deploymentId(digits)}) goes on without alarms: ${clip(why, 800)}.`;
  return { ...event(service, ['AlarmsNotWatched', 'Deploy'], message), type: 'Warning' };
}

export function event(service: Service, [reason, action]: readonly [string, string], message: string): EventRecord {
  return {
    type: 'Normal',
    reason,
    action,
    message: clip(`(service ${displayName(service)}) ${message}`, longestMessage),
  };
}

function nameTasks(ids: readonly string[]): string {
  const tasks = ids.map((id) => `(task ${id})`);
  return named(tasks, ' ', namedTasks);
}

/** The first few, with a count of the others. */
function named(all: readonly string[], separator: string, most: number): string {
  const rest = all.length - most;
  return `${all.slice(0, most).join(separator)}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}
