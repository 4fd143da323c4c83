import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import { settleAll } from '../../../src/base/concurrency.ts';
import type { Contender, Done } from './job.ts';
import { concurrency } from './numbers.ts';
import { podToCreate } from './pods.ts';

/** Bytes over pooled connections and nothing else: no JSON is parsed, nothing is held. What the server can do at most. */
export function createContender(kubeconfig: string): Contender {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as KubeConfigFile;
  const { server, 'certificate-authority-data': authority } = clusters[0].cluster;
  const pool = new Pool(server, { connections: concurrency, connect: { ca: Buffer.from(authority, 'base64') } });
  const headers = { authorization: `Bearer ${users[0].user.token}`, 'content-type': 'application/json' };
  return {
    follow: async ({ pods, events }) => {
      for (let from = 0; from < pods; from += pageSize) {
        const path = `/api/v1/pods?limit=${pageSize}&continue=${from}`;
        const { body } = await pool.request({ path, method: 'GET', headers });
        await body.arrayBuffer();
      }
      return { pods, events: await countLines(pool, headers, events), held: undefined };
    },
    create: async ({ creates, prefix }) =>
      createAll(
        pool,
        headers,
        Array.from({ length: creates }, (_, index) => `${prefix}-${index}`),
      ),
  };
}

const pageSize = 500;

async function countLines(pool: Pool, headers: Readonly<Record<string, string>>, until: number): Promise<number> {
  if (until === 0) return 0;
  const { body } = await pool.request({ path: '/api/v1/pods?watch=true', method: 'GET', headers });
  let lines = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf('\n'); at >= 0; at = chunk.indexOf('\n', at + 1)) lines++;
    if (lines >= until) break;
  }
  return lines;
}

async function createAll(
  pool: Pool,
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): Promise<Done> {
  const answers = await settleAll(names, concurrency, async (name) => {
    const body = JSON.stringify(podToCreate(name));
    const answer = await pool.request({ path: '/api/v1/namespaces/default/pods', method: 'POST', headers, body });
    await answer.body.arrayBuffer();
    return answer.statusCode;
  });
  const created = answers.filter((answer) => answer.status === 'fulfilled' && answer.value === 201);
  return { pods: created.length, events: 0 };
}

interface KubeConfigFile {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}
