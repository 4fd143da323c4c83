import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Layout } from './layout.ts';
import type { Ports, Settings } from './control-plane.ts';
import { isOurs } from './processes.ts';

/** What a running cluster says about itself in state.json. */
export interface ClusterState {
  readonly supervisor: number;
  /** Process ids by name. */
  readonly processes: Readonly<Record<string, number>>;
  readonly ports: Ports;
  readonly server: string;
  /** Set once the API server answers, the controllers run and the nodes exist. */
  readonly ready: boolean;
}

/** Replaces the file as a whole, so that readers never see half of it. */
export function writeState(layout: Layout, state: ClusterState): void {
  const draft = `${layout.state}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(draft, layout.state);
}

/** The state in that directory, `undefined` when no cluster was started there. */
export function findState(layout: Layout): ClusterState | undefined {
  try {
    return JSON.parse(readFileSync(layout.state, 'utf8')) as ClusterState;
  } catch {
    return undefined;
  }
}

/** What the cluster in that directory was started with, `undefined` when none was. */
export function findSettings(layout: Layout): Settings | undefined {
  try {
    return JSON.parse(readFileSync(layout.settings, 'utf8')) as Settings;
  } catch {
    return undefined;
  }
}

/** Whether the cluster's supervisor lives, be it ready or not. */
export function isSupervised(layout: Layout): boolean {
  const state = findState(layout);
  return state !== undefined && isOurs(state.supervisor, layout.dir);
}

/** The state, if its supervisor is alive and it came up. */
export function findRunning(layout: Layout): ClusterState | undefined {
  const state = findState(layout);
  return state?.ready === true && isOurs(state.supervisor, layout.dir) ? state : undefined;
}
