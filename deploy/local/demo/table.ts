import type { KubeObject } from '../api.ts';

/** The parts of an ECSService that the table shows. */
export interface ServiceRow extends KubeObject {
  readonly spec: { readonly desiredCount: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly runningCount?: number;
    readonly pendingCount?: number;
    readonly taskDefinition?: string;
    readonly deployments?: readonly DeploymentRow[];
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
  };
}

/** How tasks are started: by one of the two. */
interface DeploymentRow {
  readonly rolloutState: string;
  readonly launchType?: string;
  readonly capacityProviderStrategy?: readonly { readonly capacityProvider: string }[];
}

/** The parts of a task's pod that the table shows. */
export interface TaskRow extends KubeObject {
  readonly spec: { readonly nodeName?: string };
  readonly status?: { readonly phase?: string };
}

/** Whether the service has reached its steady state; undefined when it has, else what it says is missing. */
export function missingOf({ metadata, status }: ServiceRow): string | undefined {
  const ready = status?.conditions?.find((condition) => condition.type === 'Ready');
  if (ready?.status === 'True') return undefined;
  return `${metadata.name}: ${ready?.message ?? 'the operator has not looked at it yet'}`;
}

/** Services, and under them where their tasks are. */
export function renderTable(services: readonly ServiceRow[], tasks: readonly TaskRow[]): string {
  const header = ['SERVICE', 'RUNS ON', 'DESIRED', 'RUNNING', 'PENDING', 'TASK DEFINITION', 'ROLLOUT', 'STEADY'];
  return `${columns([header, ...services.map(serviceRow)])}\n\n${columns([['TASK', 'PHASE', 'NODE'], ...tasks.map(taskRow)])}`;
}

function serviceRow(service: ServiceRow): string[] {
  const { runningCount = 0, pendingCount = 0, taskDefinition = '-', deployments = [] } = service.status ?? {};
  const { desiredCount } = service.spec;
  return [
    service.metadata.name,
    runsOn(deployments[0]),
    ...[desiredCount, runningCount, pendingCount].map(String),
    taskDefinition,
    deployments[0]?.rolloutState ?? '-',
    missingOf(service) === undefined ? 'yes' : 'not yet',
  ];
}

function runsOn({ launchType = '-', capacityProviderStrategy }: Partial<DeploymentRow> = {}): string {
  return capacityProviderStrategy?.map(({ capacityProvider }) => capacityProvider).join(', ') ?? launchType;
}

function taskRow({ metadata, spec, status }: TaskRow): string[] {
  const phase = metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Stopping';
  return [metadata.name, phase, spec.nodeName ?? '-'];
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
