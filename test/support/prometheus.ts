import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './cluster.ts';

/** Where Debian's package puts it. */
const binary = '/usr/bin/prometheus';

/** Why there can be no Prometheus; undefined when there can. */
export function whyNoPrometheus(): string | undefined {
  return existsSync(binary) ? undefined : `there is no ${binary}: apt-get install prometheus`;
}

/** A Prometheus whose alerts a test can have fire: each is a rule on a gauge of its own, which is looked at four times a second. */
export class RealPrometheus {
  readonly #process: ChildProcess;
  readonly #target: Server;
  readonly #directory: string;
  readonly #firing: Set<string>;
  readonly url: string;

  private constructor(process: ChildProcess, url: string, parts: Parts) {
    this.#process = process;
    this.url = url;
    this.#target = parts.target;
    this.#directory = parts.directory;
    this.#firing = parts.firing;
  }

  /** @param alerts names of the alerting rules. */
  static async start(alerts: readonly string[]): Promise<RealPrometheus> {
    const firing = new Set<string>();
    const target = createServer((_request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(alerts.map((alert) => `gauge{alert="${alert}"} ${firing.has(alert) ? '1' : '0'}\n`).join(''));
    });
    const port = await portOf(target.listen(0, '127.0.0.1'));
    const directory = mkdtempSync(join(tmpdir(), 'ecs-operator-prometheus-'));
    const rules = alerts.map((alert) => ({ alert, expr: `gauge{alert="${alert}"} > 0` }));
    // YAML takes JSON.
    writeFileSync(join(directory, 'rules.json'), JSON.stringify({ groups: [{ name: 'test', rules }] }));
    writeFileSync(
      join(directory, 'prometheus.json'),
      JSON.stringify({
        global: { scrape_interval: '250ms', scrape_timeout: '250ms', evaluation_interval: '250ms' },
        rule_files: ['rules.json'],
        scrape_configs: [{ job_name: 'test', static_configs: [{ targets: [`127.0.0.1:${String(port)}`] }] }],
      }),
    );
    const own = createServer();
    const address = `127.0.0.1:${String(await portOf(own.listen(0, '127.0.0.1')))}`;
    await closed(own);
    const flags = [`--config.file=${directory}/prometheus.json`, `--storage.tsdb.path=${directory}/data`];
    const process = spawn(binary, [...flags, `--web.listen-address=${address}`], { stdio: 'ignore' });
    const prometheus = new RealPrometheus(process, `http://${address}`, { target, directory, firing });
    await prometheus.#isLooking(alerts);
    return prometheus;
  }

  fire(alert: string): void {
    this.#firing.add(alert);
  }

  /** The first value of an expression; undefined where there is none. */
  async query(expression: string): Promise<string | undefined> {
    const answer = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data } = (await answer.json()) as { data: { result: readonly { value: readonly [number, string] }[] } };
    return data.result[0]?.value[1];
  }

  /** Ends it, and what it looks at. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL');
      await once(this.#process, 'exit');
    }
    if (this.#target.listening) await closed(this.#target);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #isLooking(alerts: readonly string[]): Promise<void> {
    await eventually(async () => {
      if ((await this.query('count(gauge)')) !== String(alerts.length)) throw new Error('Prometheus looks at nothing');
    }, 20_000);
  }
}

interface Parts {
  readonly target: Server;
  readonly directory: string;
  readonly firing: Set<string>;
}

async function portOf(server: Server): Promise<number> {
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function closed(server: Server): Promise<void> {
  const end = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await end;
}
