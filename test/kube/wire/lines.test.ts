import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { splitLines } from '../../../src/kube/wire/lines.ts';

async function linesOf(chunks: readonly Buffer[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(pieces(chunks))) lines.push(line);
  return lines;
}

async function* pieces(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

/** The bytes, cut at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return sorted.map((end, index) => bytes.subarray(sorted[index - 1] ?? 0, end));
}

describe('splitLines', () => {
  it('gives the same lines wherever the stream is cut, inside characters too', async () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll('\n', ''));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (want, places) => {
        const bytes = Buffer.from(want.map((text) => `${text}\n`).join(''));
        assert.deepEqual(await linesOf(cut(bytes, places)), want);
      }),
    );
  });

  it('drops what follows the last newline', async () => {
    assert.deepEqual(await linesOf([Buffer.from('whole\nhalf'), Buffer.from(' a line')]), ['whole']);
  });

  it('takes time in proportion to a line that comes in many chunks', async () => {
    const chunks = Array.from({ length: 40_000 }, () => Buffer.from('01234567890123456789'));
    const started = process.hrtime.bigint();
    const [line] = await linesOf([...chunks, Buffer.from('\n')]);
    assert.equal(line?.length, 800_000);
    const tookMs = Number(process.hrtime.bigint() - started) / 1e6;
    assert.ok(tookMs < 1500, `${tookMs} ms`);
  });
});
