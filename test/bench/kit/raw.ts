import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import { settleAll } from '../../../src/base/concurrency.ts';
import { namesOf } from './created.ts';
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
    follow: async ({ events }) => ({
      pods: await countListed(pool, headers),
      events: await countLines(pool, headers, events),
      held: undefined,
    }),
    create: async (work) => createAll(pool, headers, namesOf(work)),
  };
}

type Headers = Readonly<Record<string, string>>;

/** Follows the list's pages and counts the pods in them. */
async function countListed(pool: Pool, headers: Headers): Promise<number> {
  let pods = 0;
  let next: string | undefined = '';
  while (next !== undefined) {
    const page = await getBytes(pool, headers, `/api/v1/pods?limit=250&continue=${next}`);
    pods += countOf('"uid":', page);
    next = /"continue":"(\d+)"/.exec(page.toString('latin1', 0, 200))?.[1];
  }
  return pods;
}

async function getBytes(pool: Pool, headers: Headers, path: string): Promise<Buffer> {
  const { body } = await pool.request({ path, method: 'GET', headers });
  return Buffer.from(await body.arrayBuffer());
}

async function countLines(pool: Pool, headers: Headers, until: number): Promise<number> {
  const { body } = await pool.request({ path: '/api/v1/pods?watch=true', method: 'GET', headers });
  let lines = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    lines += countOf('\n', chunk);
    if (lines >= until) break;
  }
  return lines;
}

function countOf(text: string, bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) count++;
  return count;
}

async function createAll(pool: Pool, headers: Headers, names: readonly string[]): Promise<Done> {
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
