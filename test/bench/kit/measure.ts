import { existsSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Done, Measurement } from './job.ts';

const mebi = 1024 * 1024;
/** Longer than the monitor's resolution, so that a block at the very end is seen too. */
const settleMs = 20;

/** Does the work and tells what it took. Needs `--expose-gc`. What the result refers to counts as held. */
export async function measured<T extends Done>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly measurement: Measurement }> {
  globalThis.gc?.();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await wait(settleMs);
  delay.reset();
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const result = await work();
  const wallMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  await wait(settleMs);
  delay.disable();
  const peakMb = peakMemoryMb();
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const perSecond = ((result.pods + result.events) * 1000) / wallMs;
  const times = { wallMs, cpuMs: (user + system) / 1000, perSecond, blockMs: delay.max / 1e6 };
  return { result, measurement: { ...times, peakMb, residentMb: rss / mebi, heapMb: heapUsed / mebi } };
}

/** `maxRSS` begins with what the parent had when it started us; Linux also knows our own. */
function peakMemoryMb(): number {
  const status = '/proc/self/status';
  const own = existsSync(status) ? /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1] : undefined;
  return Number(own ?? process.resourceUsage().maxRSS) / 1024;
}
