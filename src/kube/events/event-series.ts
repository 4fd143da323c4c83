import { microTime, type EventBody } from './event-body.ts';

/** An Event is written at most so often, however often it is told. */
const writeEveryMs = 30_000;
/** An event that was not told for so long is a new one when it is told again. */
const quietMs = 10 * 60_000;

/** How often something happened, and when last; as Kubernetes has it, from the second time on. */
export interface Told {
  readonly count: number;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

/** One Event: how often it was told, and how much of that is written. */
export class EventSeries {
  readonly body: EventBody;
  #count = 1;
  #lastAtMs: number;
  #writtenCount = 0;
  #writtenAtMs = -Infinity;
  #isLost = false;

  /** @param atMs when it was told first, epoch ms. */
  constructor(body: EventBody, atMs: number) {
    this.body = body;
    this.#lastAtMs = atMs;
  }

  repeat(atMs: number): void {
    this.#count++;
    this.#lastAtMs = atMs;
  }

  /** What there is to write by now. */
  get told(): Told {
    const series = { count: this.#count, lastObservedTime: microTime(this.#lastAtMs) };
    return { count: this.#count, ...(this.#count > 1 && { series }) };
  }

  /** That much was written, or at least tried: a count that was refused waits for the next repeat. */
  wrote({ count }: Told, atMs: number): void {
    this.#writtenCount = count;
    this.#writtenAtMs = atMs;
  }

  /** It could not be created: the next time it is told it is a new one. */
  lose(): void {
    this.#isLost = true;
  }

  /** Whether the API server has it. */
  get isCreated(): boolean {
    return this.#writtenCount > 0;
  }

  get hasNews(): boolean {
    return !this.#isLost && this.#count > this.#writtenCount;
  }

  /** Epoch ms before which it is not written again. */
  get dueAtMs(): number {
    return this.#writtenAtMs + writeEveryMs;
  }

  /** Whether it takes no more repeats. */
  isOver(nowMs: number): boolean {
    return this.#isLost || nowMs - this.#lastAtMs >= quietMs;
  }
}
