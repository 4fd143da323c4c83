import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { selfSigned, type Certificate } from '../../support/certificate.ts';
import { listVersion, type Numbers } from './numbers.ts';
import { answerFor, podToCreate, storedPod, uidOf } from './pods.ts';

/**
 * A process that answers as an API server does, from bytes rendered beforehand, so that little but the client's own
 * work is measured: lists in pages, a watch that tells its events at full speed, creates. Prints the path of its
 * kubeconfig when it listens; ends with its standard input.
 */

const token = randomBytes(16).toString('hex');
const [dir = '', numbers = ''] = process.argv.slice(2);
const { pods, events } = JSON.parse(numbers) as Numbers;

const items = Array.from({ length: pods }, (_, index) => Buffer.from(JSON.stringify(storedPod(index, index + 1))));
const lines = Array.from({ length: events }, (_, index) => {
  const object = { kind: 'Pod', apiVersion: 'v1', ...storedPod(index % pods, listVersion + index + 1) };
  return Buffer.from(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
});
const nameInTemplate = 'name-of-the-pod';
const uidInTemplate = uidOf(0);
const answerTemplate = JSON.stringify({
  kind: 'Pod',
  apiVersion: 'v1',
  ...answerFor(podToCreate(nameInTemplate), 0, 1),
});
const comma = Buffer.from(',');
let created = 0;

function page(query: URLSearchParams): Buffer {
  const from = Number(query.get('continue') ?? 0);
  const to = Math.min(from + Number(query.get('limit') ?? pods), pods);
  const more = to < pods ? { continue: String(to), remainingItemCount: pods - to } : {};
  const metadata = { resourceVersion: String(listVersion), ...more };
  const head = JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata, items: [] }).slice(0, -2);
  const parts = items.slice(from, to).flatMap((item, index) => (index === 0 ? [item] : [comma, item]));
  return Buffer.concat([Buffer.from(head), ...parts, Buffer.from(']}')]);
}

/** The first name in the body is the pod's own: clients write metadata before spec, and it holds no other. */
function createdPod(body: string): string {
  const name = /"name":"([^"]*)"/.exec(body)?.[1] ?? '';
  created++;
  return answerTemplate.replaceAll(nameInTemplate, name).replace(uidInTemplate, uidOf(created));
}

/** Every event is a chunk of its own, as the API server sends them. The watch then stays open. */
async function tellEvents(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  for (const line of lines) if (!response.write(line)) await once(response, 'drain');
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.headers.authorization !== `Bearer ${token}`) return reply(response, 401, '{"kind":"Status","code":401}');
  if (request.method === 'POST') return reply(response, 201, createdPod(await text(request)));
  const { searchParams } = new URL(request.url ?? '/', 'https://server');
  if (searchParams.get('watch') === 'true') return tellEvents(response);
  return reply(response, 200, page(searchParams));
}

function reply(response: ServerResponse, status: number, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** JSON is YAML. */
function kubeConfig({ cert }: Certificate, url: string): string {
  const authority = Buffer.from(cert).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'bench', cluster: { server: url, 'certificate-authority-data': authority } }],
    users: [{ name: 'bench', user: { token } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    'current-context': 'bench',
  });
}

const certificate = selfSigned('bench');
// a client that leaves in the middle of an answer is no failure of the server's
const server = createServer(certificate, (request, response) => void answer(request, response).catch(() => undefined));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const path = join(dir, 'kubeconfig');
writeFileSync(path, kubeConfig(certificate, `https://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.stdin.resume().once('close', () => process.exit());
process.stdout.write(`${path}\n`);
