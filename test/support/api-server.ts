import { once } from 'node:events';
import { request, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import type { IncomingMessage } from 'node:http';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the query. */
  readonly path: string;
  readonly body?: object;
  readonly contentType?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Sends one request as it is and tells what came back, whatever its status: no types, retries or conversions. */
export type ApiServer = (call: Call) => Promise<Answer>;

/** The API server of the current context of a kubeconfig file. */
export async function connect(kubeconfig: string): Promise<ApiServer> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error(`${kubeconfig} names no current cluster`);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return (call) => send(new URL(call.path, server), options, call);
}

async function send(url: URL, options: RequestOptions, call: Call): Promise<Answer> {
  const sent = request(url, { ...options, method: call.method });
  sent.setHeader('content-type', call.contentType ?? 'application/json');
  sent.end(call.body === undefined ? undefined : JSON.stringify(call.body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const status = response.statusCode ?? 0;
  // A path that nobody serves yet is answered in plain text.
  const isJson = response.headers['content-type']?.startsWith('application/json') ?? false;
  const received = await text(response);
  return { status, body: isJson ? (JSON.parse(received) as JsonObject) : { message: received } };
}
