import { ConfigError, readCommand } from './config.ts';

/** The entry point: the operator, or a command. What it does not need is not loaded. */
try {
  if (readCommand() === 'convert') {
    const { convertCommand } = await import('./cli/convert.ts');
    process.exitCode = await convertCommand(process);
  } else await operate();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

/**
 * Listens for signals before it loads the operator, which takes a second: the first process of a container ignores a
 * SIGTERM that it does not listen for, and would be killed at the end of its grace period.
 */
async function operate(): Promise<void> {
  const names = ['SIGTERM', 'SIGINT'] as const;
  const leave = (): void => process.exit(0);
  for (const name of names) process.on(name, leave);
  const { main } = await import('./operator.ts');
  // Most of it is loaded in one go: a signal that came meanwhile is heard in the next turn.
  await new Promise(setImmediate);
  const running = main();
  // Not before: without a listener in between there would be a moment in which a signal is lost.
  for (const name of names) process.off(name, leave);
  await running;
}
