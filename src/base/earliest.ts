/** The first of these times that is later than `afterMs`, in epoch ms; undefined when there is none. */
export function earliest(times: readonly (number | undefined)[], afterMs = -Infinity): number | undefined {
  const due = times.filter((time) => time !== undefined).filter((time) => time > afterMs);
  return due.length === 0 ? undefined : Math.min(...due);
}
