import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transport } from '../../src/kube/transport.ts';
import type { Certificate } from './certificate.ts';
import { FakeClock } from './clock.ts';
import { RecordingLog, RecordingMeter } from './recording.ts';
import { ScriptedServer, type Received } from './scripted-server.ts';

/** A scripted server, transports to it with whatever credentials, and a folder for what they are read from. */
export class CredentialsBench {
  readonly clock = new FakeClock();
  readonly log = new RecordingLog();
  readonly folder: string;
  readonly #transports: Transport[] = [];
  #server: ScriptedServer;

  private constructor(folder: string, server: ScriptedServer) {
    this.folder = folder;
    this.#server = server;
  }

  static async start(): Promise<CredentialsBench> {
    return new CredentialsBench(await mkdtemp(join(tmpdir(), 'credentials-')), await ScriptedServer.start());
  }

  get server(): ScriptedServer {
    return this.#server;
  }

  /** A server that speaks TLS with that certificate takes the place of the one there is. */
  async secure(certificate: Certificate): Promise<void> {
    await this.#server.stop();
    this.#server = await ScriptedServer.start(certificate);
  }

  /** @param user and `cluster` as a kubeconfig has them. */
  transportFor(user: object, cluster: object = {}): Transport {
    const kubeConfig = this.#server.kubeConfig(user, cluster);
    const transport = new Transport({ kubeConfig, log: this.log, meter: new RecordingMeter(), clock: this.clock });
    this.#transports.push(transport);
    return transport;
  }

  /** What the server is sent by a call that it answers. */
  async received(transport: Transport): Promise<Received> {
    const answer = transport.request({ verb: 'get', resource: 'pods', path: '/p' });
    const request = await this.#server.next();
    request.reply(200, {});
    await answer;
    return request;
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await Promise.all(this.#transports.map((transport) => transport.close()));
    await rm(this.folder, { recursive: true });
  }
}
