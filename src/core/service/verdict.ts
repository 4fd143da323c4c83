import { brokenBy } from './failures/breaker.ts';
import { alarmVerdict } from './alarms.ts';
import { commandVerdict } from './command.ts';
import type { DeploymentRecord, EndedBy } from './deployment.ts';
import type { ServiceWorld } from './world.ts';

/** That the PRIMARY deployment has failed, or is to end. */
export interface Verdict {
  readonly cause: EndedBy;
  /** Whether the last deployment that was completed is to be deployed again, if there is one. */
  readonly rollback: boolean;
  /** In ECS's words, without a period: `tasks failed to start`, `alarm detected`. */
  readonly what: string;
  /** For people: what has happened, and what to look at. */
  readonly message: string;
}

/** Who may end a deployment; the first that does has it. */
type Judge = (world: ServiceWorld, primary: DeploymentRecord) => Verdict | undefined;

const judges: readonly Judge[] = [commandVerdict, brokenBy, alarmVerdict];

/** Why a deployment that is in progress ends without success; undefined while it goes on. */
export function verdictOn(world: ServiceWorld, primary: DeploymentRecord): Verdict | undefined {
  for (const judge of judges) {
    const verdict = judge(world, primary);
    if (verdict) return verdict;
  }
  return undefined;
}
