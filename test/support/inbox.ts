import { failure } from './kube-objects.ts';
import type { Received, ScriptedServer } from './scripted-server.ts';

/** What a test does with a request. */
export type Answer = (received: Received) => void;

/**
 * The requests of a scripted server sorted by what they ask for, for tests of code that makes several at once. A
 * request is told as `POST /api/v1/namespaces/default/pods`; a watch has the method `WATCH`.
 */
export class Inbox {
  /** Everything that has arrived, in that order. */
  readonly received: Received[] = [];
  readonly #otherwise: Answer | undefined;
  readonly #waiting: Received[] = [];
  readonly #answers = new Map<string, Answer[]>();

  /** `otherwise` answers what nobody has asked for; without it such requests wait for somebody who does. */
  constructor(server: ScriptedServer, otherwise?: Answer) {
    this.#otherwise = otherwise;
    void this.#read(server);
  }

  get requests(): readonly string[] {
    return this.received.map(told);
  }

  /** The next request of that kind that nobody has taken. */
  next(request: string): Promise<Received> {
    return new Promise((resolve) => {
      this.on(request, resolve);
    });
  }

  /** Answers the next requests of that kind, each in its own way. */
  on(request: string, ...answers: readonly Answer[]): void {
    for (const answer of answers) {
      const index = this.#waiting.findIndex((received) => told(received) === request);
      const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (waiting) answer(waiting);
      else this.#answers.set(request, [...(this.#answers.get(request) ?? []), answer]);
    }
  }

  /** Bodies of the requests of that kind so far. */
  bodies(request: string): readonly unknown[] {
    return this.received.filter((received) => told(received) === request).map(({ body }) => body);
  }

  async #read(server: ScriptedServer): Promise<never> {
    for (;;) {
      const received = await server.next();
      this.received.push(received);
      const answer = this.#answers.get(told(received))?.shift() ?? this.#otherwise;
      if (answer) answer(received);
      else this.#waiting.push(received);
    }
  }
}

function told({ method, path, query }: Received): string {
  return `${query.has('watch') ? 'WATCH' : method} ${path}`;
}

/** Answers with JSON. */
export function replies(status: number, body: unknown): Answer {
  return (received) => {
    received.reply(status, body);
  };
}

/** Refuses with a `metav1.Status`. */
export function refuses(status: number, reason: string): Answer {
  return replies(status, failure(status, reason));
}

/** Takes the request and breaks the connection. */
export const resets: Answer = (received) => {
  received.reset();
};

/** Refuses what the test did not expect, so that its request shows in the failure. */
export const refusesUnexpected: Answer = (received) => {
  received.reply(501, failure(501, 'Unexpected', `Unexpected: ${told(received)}`));
};

/** Answers a delete as if the object were gone, anything else with what was sent, at version 1000. */
export const accepts: Answer = (received) => {
  if (received.method === 'DELETE') {
    received.reply(200, { kind: 'Status', status: 'Success' });
    return;
  }
  const [, namespace = '', , name = ''] = /\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?/.exec(received.path) ?? [];
  const body = received.body as { readonly metadata: object } | undefined;
  const metadata = { name, namespace, uid: 'uid-of-new', ...body?.metadata, resourceVersion: '1000' };
  received.reply(200, { ...body, metadata });
};
