import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Images, digestOf, manifestType } from './images.ts';

/** Where containerd finds every registry there is. */
export const registryUrl = 'http://127.0.0.1:5000';

/**
 * Serves the images as a registry of any name: the operator's pods pull at every start, so an import into containerd
 * would not do. A PUT gives a tag to a manifest that is there.
 */
export async function startRegistry({ blobs, tags: first }: Images): Promise<Server> {
  const images = { blobs, tags: new Map(first) };
  const server = createServer((request, answer) => {
    if (request.method === 'PUT') void moveTag(images.tags, request, answer);
    else serve(images, request, answer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(new URL(registryUrl).port), '127.0.0.1', resolve);
  });
  return server;
}

function serve({ blobs, tags }: Images, { method, url = '' }: IncomingMessage, answer: ServerResponse): void {
  const [, repository = '', kind, reference = ''] = partsOf(url);
  const digest = tags.get(`${repository}:${reference}`) ?? reference;
  const blob = blobs.get(digest);
  if (blob === undefined) {
    answer.writeHead(url === '/v2/' ? 200 : 404).end();
    return;
  }
  answer.writeHead(200, {
    'content-type': kind === 'manifests' ? manifestType : 'application/octet-stream',
    'content-length': blob.length,
    'docker-content-digest': digest,
  });
  answer.end(method === 'HEAD' ? undefined : blob);
}

async function moveTag(tags: Map<string, string>, request: IncomingMessage, answer: ServerResponse): Promise<void> {
  const [, repository = '', , tag = ''] = partsOf(request.url ?? '');
  tags.set(`${repository}:${tag}`, digestOf(await buffer(request)));
  answer.writeHead(201).end();
}

function partsOf(url: string): readonly string[] {
  return /^\/v2\/(.+)\/(manifests|blobs)\/([^/?]+)/.exec(url) ?? [];
}
