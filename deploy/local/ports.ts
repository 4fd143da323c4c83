import { type Server, createServer } from 'node:net';
import type { Ports } from './control-plane.ts';

/** Free ports on 127.0.0.1, all different. Another process may still take one before it is used: starting then fails. */
export async function findFreePorts(): Promise<Ports> {
  const servers = await Promise.all([listen(), listen(), listen()]);
  const [etcd, etcdPeer, apiServer] = servers.map(portOf) as [number, number, number];
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return { etcd, etcdPeer, apiServer };
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server listens on no TCP port');
  return address.port;
}
