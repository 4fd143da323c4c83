import { type Server, createServer } from 'node:http';
import { type Images, manifestType } from './images.ts';

/** Where containerd finds every registry there is. */
export const registryUrl = 'http://127.0.0.1:5000';

/**
 * Serves the images as a registry of any name, read-only: the operator's pods pull at every start, so an import into
 * containerd would not do.
 */
export async function startRegistry({ blobs, tags }: Images): Promise<Server> {
  const server = createServer(({ method, url = '' }, answer) => {
    const [, repository = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/?]+)/.exec(url) ?? [];
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
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(new URL(registryUrl).port), '127.0.0.1', resolve);
  });
  return server;
}
