export const contenderNames = ['kit', 'stock', 'raw'] as const;
export type ContenderName = (typeof contenderNames)[number];

/** What one child process does. */
export interface Job {
  readonly contender: ContenderName;
  readonly kubeconfig: string;
  readonly work: Work;
}

export type Work =
  | { readonly kind: 'follow'; readonly pods: number; readonly events: number }
  /** The pods are `<prefix>-<number>`, so that runs on one server do not meet. */
  | { readonly kind: 'create'; readonly creates: number; readonly prefix: string };

/** What was done, for comparing it with what was asked. */
export interface Done {
  /** Pods held in the end, or created. */
  readonly pods: number;
  /** Events seen. */
  readonly events: number;
}

/** Does the work in its own way. What it holds in the end it keeps referring to from `held`, to be measured. */
export interface Contender {
  follow(work: Extract<Work, { kind: 'follow' }>): Promise<Done & { readonly held: unknown }>;
  create(work: Extract<Work, { kind: 'create' }>): Promise<Done>;
}

/** One measurement. Times in milliseconds, memory in MiB. */
export interface Measurement {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly perSecond: number;
  /** The longest that the event loop was blocked. */
  readonly blockMs: number;
  readonly peakMb: number;
  /** Resident and on the heap when the work is done and the garbage collected. */
  readonly residentMb: number;
  readonly heapMb: number;
}
