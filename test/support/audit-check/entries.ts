import { closeSync, openSync, readSync } from 'node:fs';

/** One line of the API server's audit log, as far as the checks look at it. */
export interface AuditEntry {
  readonly auditID: string;
  readonly stage: string;
  readonly verb: string;
  readonly user?: { readonly username: string };
  readonly userAgent?: string;
  readonly requestURI?: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly uid?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  /** A list when it is a JSON patch. */
  readonly requestObject?: AuditedBody | readonly JsonPatchStep[];
  /** When it arrived: whatever it did was not done before. */
  readonly requestReceivedTimestamp: string;
  /** When it was answered: whatever it did was done by then. */
  readonly stageTimestamp: string;
}

/** Members of the objects, patches and options that are sent. */
export interface AuditedBody {
  readonly metadata?: {
    readonly name?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  /** Of a binding: the node. */
  readonly target?: { readonly name?: string };
  readonly preconditions?: { readonly uid?: string };
  /** Of a ControllerRevision. */
  readonly revision?: number;
}

interface JsonPatchStep {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

/** An audit log that is still being written: each look reads only what is new. */
export class AuditLog {
  readonly #path: string;
  readonly #entries: AuditEntry[] = [];
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** All entries so far, in the order of the file, without dry runs: those do nothing. */
  entries(): readonly AuditEntry[] {
    const text = this.#readNew();
    // What follows the last line break is not complete yet.
    const end = text.lastIndexOf('\n') + 1;
    this.#offset += end;
    const lines = text.subarray(0, end).toString('utf8').split('\n');
    const added = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as AuditEntry);
    this.#entries.push(...added.filter(({ requestURI }) => requestURI?.includes('dryRun=All') !== true));
    return this.#entries;
  }

  #readNew(): Buffer {
    const file = openSync(this.#path, 'r');
    const chunks: Buffer[] = [];
    try {
      for (let from = this.#offset; ;) {
        const chunk = Buffer.alloc(1 << 20);
        const length = readSync(file, chunk, 0, chunk.length, from);
        if (length === 0) return Buffer.concat(chunks);
        chunks.push(chunk.subarray(0, length));
        from += length;
      }
    } finally {
      closeSync(file);
    }
  }
}

const operatorAgent = 'ecs-operator/';

export function isOperator({ userAgent }: AuditEntry): boolean {
  return userAgent?.startsWith(operatorAgent) === true;
}

/** Which process of the operator asked: its lease's holder identity. */
export function identityOf({ userAgent = '' }: AuditEntry): string {
  return userAgent.slice(operatorAgent.length);
}

export function succeeded({ responseStatus }: AuditEntry): boolean {
  const code = responseStatus?.code ?? 0;
  return code >= 200 && code < 300;
}

/** `pods`, `pods/status`. */
export function resourceOf({ objectRef }: AuditEntry): string {
  return [objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/');
}

export function nameOf(entry: AuditEntry): string {
  return entry.objectRef?.name ?? bodyOf(entry).metadata?.name ?? '';
}

export function namespaceOf({ objectRef }: AuditEntry): string {
  return objectRef?.namespace ?? '';
}

/** `namespace/name`. */
export function placeOf(entry: AuditEntry): string {
  return `${namespaceOf(entry)}/${nameOf(entry)}`;
}

/** What was sent, when it is an object. */
export function bodyOf({ requestObject }: AuditEntry): AuditedBody {
  return requestObject === undefined || isJsonPatch(requestObject) ? {} : requestObject;
}

export function isJsonPatch(
  body: NonNullable<AuditEntry['requestObject']>,
): body is Extract<AuditEntry['requestObject'], readonly unknown[]> {
  return Array.isArray(body);
}

/** Epoch ms, to the microsecond. */
export function receivedMs({ requestReceivedTimestamp }: AuditEntry): number {
  return timeOf(requestReceivedTimestamp);
}

/** Epoch ms, to the microsecond. */
export function doneMs({ stageTimestamp }: AuditEntry): number {
  return timeOf(stageTimestamp);
}

function timeOf(text: string): number {
  return Date.parse(`${text.slice(0, 23)}Z`) + Number(text.slice(23, 26)) / 1000;
}

/** Requests that were answered, in order of their answers. Watches, which have a line when they begin too, count once. */
export function answered(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const ended = entries.filter(({ stage }) => stage === 'ResponseComplete');
  return ended.toSorted((a, b) => (a.stageTimestamp < b.stageTimestamp ? -1 : 1));
}

/** A violation in words: what is wrong, and the entry that shows it. */
export function told(what: string, entry: AuditEntry): string {
  const { verb, auditID, stageTimestamp } = entry;
  return `${what} (${verb} ${resourceOf(entry)} ${placeOf(entry)} at ${stageTimestamp}, audit id ${auditID})`;
}
