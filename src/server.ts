import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { StartError, type Address } from './config.ts';

export interface Readiness {
  readonly isReady: boolean;
  /** What it waits for, if for anything. */
  readonly text: string;
}

export interface Endpoints {
  readonly scrape: () => Promise<{ readonly body: string; readonly contentType: string }>;
  readonly readiness: () => Readiness;
}

/** `/metrics`. */
export function metricsApp({ scrape }: Pick<Endpoints, 'scrape'>): Express {
  const app = bareApp();
  app.get('/metrics', async (_request, response) => {
    const { body, contentType } = await scrape();
    response.set('content-type', contentType).send(body);
  });
  return app;
}

/** `/healthz` says that the process lives, `/readyz` that it works or could take over. */
export function healthApp({ readiness }: Pick<Endpoints, 'readiness'>): Express {
  const app = bareApp();
  app.get('/healthz', (_request, response) => {
    response.type('text/plain').send('ok\n');
  });
  app.get('/readyz', (_request, response) => {
    const { isReady, text } = readiness();
    response
      .status(isReady ? 200 : 503)
      .type('text/plain')
      .send(`${text}\n`);
  });
  return app;
}

function bareApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  return app;
}

/**
 * Serves until the process ends.
 * @returns the address as a URL.
 * @throws StartError naming the address when it cannot be listened on.
 */
export async function listen(app: Express, { host, port }: Address): Promise<string> {
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new StartError(`Cannot listen on ${host}:${String(port)}: ${cause.message}`, { cause }));
    });
    server.listen(port, host, resolve);
  });
  return urlOf(server);
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${String(port)}`;
}
