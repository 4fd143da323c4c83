const newline = 0x0a;

/**
 * The lines of a byte stream, without their newlines. Chunks may be cut anywhere, inside a character too: bytes are
 * joined once per line and decoded whole. What follows the last newline is dropped: a connection that ends inside a
 * line has delivered only part of an event.
 */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let pending: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const tail = chunk.subarray(start, end);
      start = end + 1;
      const line = pending.length === 0 ? tail : Buffer.concat([...pending, tail]);
      pending = [];
      yield line.toString('utf8');
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
}
