import { silentLog } from '../../src/base/log.ts';
import type { Rate } from '../../src/kube/wire/rate-limit.ts';
import { Transport } from '../../src/kube/transport.ts';
import { FakeClock } from './clock.ts';
import { RecordingMeter } from './recording.ts';
import { ScriptedServer } from './scripted-server.ts';

/** A transport to a scripted server, on a clock that stands still. */
export interface Bench {
  readonly server: ScriptedServer;
  readonly clock: FakeClock;
  readonly meter: RecordingMeter;
  readonly transport: Transport;
  readonly stop: () => Promise<void>;
}

/** `path` is that of the server's address; `connections` bounds the calls in flight. */
export async function startBench(
  options: { path?: string; connections?: number; rateLimit?: Rate } = {},
): Promise<Bench> {
  const { path = '', connections = 4, ...rest } = options;
  const server = await ScriptedServer.start();
  const clock = new FakeClock();
  const meter = new RecordingMeter();
  const kubeConfig = server.kubeConfig({}, { server: `${server.url}${path}` });
  const settings = { kubeConfig, log: silentLog, meter, clock, connections, userAgent: 'test/1' };
  const transport = new Transport({ ...settings, ...rest });
  const stop = async (): Promise<void> => {
    await server.stop();
    await transport.close();
  };
  return { server, clock, meter, transport, stop };
}
