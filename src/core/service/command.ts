import { annotations } from '../../api/labels.ts';
import type { Service } from '../../api/service.ts';
import type { NextCondition } from '../../base/conditions.ts';
import type { EventRecord } from '../../base/events.ts';
import { clip } from '../../base/text.ts';
import { deploymentId, primaryOf, type DeploymentOutcome, type DeploymentRecord } from './deployment.ts';
import * as say from './events.ts';
import { outcomeOf } from './outcome.ts';
import { isCompleted } from './progress.ts';
import { isRollback, rollbackTarget } from './rollback.ts';
import type { Verdict } from './verdict.ts';
import type { ServiceWorld } from './world.ts';

/**
 * StopServiceDeployment as an annotation of the service: `ecs-svc/<digits> ROLLBACK` or `ABORT` (ECS API reference,
 * stopType). It names the deployment, so it is done once, however long it stays; nobody but its author takes it away.
 */

interface Command {
  readonly digits: string;
  readonly isRollback: boolean;
}

interface Problem {
  readonly reason: 'InvalidCommand' | 'DeploymentNotFound' | 'DeploymentNotInProgress' | 'NothingToRollBackTo';
  readonly message: string;
}

const conditionType = 'StopDeploymentRefused';

function givenTo({ metadata }: Service): string | undefined {
  return metadata.annotations?.[annotations.stopDeployment];
}

function commandIn(given: string): Command | undefined {
  const [, digits, type] = /^ecs-svc\/([0-9]{1,20}) (ROLLBACK|ABORT)$/.exec(given.trim()) ?? [];
  return digits === undefined ? undefined : { digits, isRollback: type === 'ROLLBACK' };
}

/** Ends the deployment that is in progress where somebody has asked for it. */
export function commandVerdict(world: ServiceWorld, primary: DeploymentRecord): Verdict | undefined {
  const command = commandIn(givenTo(world.service) ?? '');
  if (command?.digits !== primary.digits || problemOf(world, command)) return undefined;
  return {
    cause: 'command',
    rollback: command.isRollback,
    what: `${command.isRollback ? 'rollback' : 'stop'} requested`,
    message: `Somebody has asked for it by annotation ${annotations.stopDeployment}.`,
  };
}

/** Says what is wrong with a command, for as long as it stands; absent when there is none, or it is done. */
export function commandConditions(world: ServiceWorld): NextCondition[] {
  const problem = commandProblem(world);
  if (!problem) return [];
  const observedGeneration = world.service.metadata.generation ?? 0;
  return [{ type: conditionType, status: 'True', ...problem, observedGeneration }];
}

/** The same as an event, once. */
export function commandNews(world: ServiceWorld): EventRecord[] {
  const problem = commandProblem(world);
  const said = world.service.status?.conditions?.find(({ type }) => type === conditionType);
  return problem && problem.message !== said?.message ? [say.stopRefused(world.service, problem.message)] : [];
}

function commandProblem(world: ServiceWorld): Problem | undefined {
  const given = givenTo(world.service);
  if (given === undefined) return undefined;
  const command = commandIn(given);
  if (command) return problemOf(world, command);
  return {
    reason: 'InvalidCommand',
    message:
      `annotation ${annotations.stopDeployment} is "${clip(given, 100)}": it has to be a deployment and what to do, ` +
      `such as "${exampleId(world)} ROLLBACK" or "${exampleId(world)} ABORT".`,
  };
}

function exampleId({ deployments }: ServiceWorld): string {
  return deploymentId(primaryOf(deployments)?.digits ?? '1234567890123456789');
}

function problemOf(world: ServiceWorld, command: Command): Problem | undefined {
  const record = world.deployments.find(({ digits }) => digits === command.digits);
  const subject = `annotation ${annotations.stopDeployment} names ${deploymentId(command.digits)}`;
  if (!record) {
    const message = `${subject}, which is no deployment of this service; status.deployments has their ids.`;
    return { reason: 'DeploymentNotFound', message };
  }
  if (outcomeOf(record)?.endedBy === 'command') return undefined;
  const state = whyNotInProgress(world, record);
  if (state !== undefined) {
    return { reason: 'DeploymentNotInProgress', message: `${subject}, which ${state}: nothing is done.` };
  }
  if (!command.isRollback || rollbackTarget(world, record)) return undefined;
  const message = `${subject}, but no other deployment was ever completed: there is nothing to roll back to; ABORT stops it where it is.`;
  return { reason: 'NothingToRollBackTo', message };
}

/** Undefined for one that is in progress. */
function whyNotInProgress(world: ServiceWorld, record: DeploymentRecord): string | undefined {
  const outcome = outcomeOf(record);
  if (outcome) return `${words[outcome.state]} at ${outcome.at}`;
  if (record !== primaryOf(world.deployments)) return 'a newer one has taken the place of';
  if (isCompleted(world, { primary: record })) return 'is complete';
  return isRollback(world, record) ? 'is a rollback' : undefined;
}

const words: Readonly<Record<DeploymentOutcome['state'], string>> = {
  COMPLETED: 'was completed',
  FAILED: 'has failed',
  STOPPED: 'was stopped',
};
