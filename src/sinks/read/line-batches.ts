const NEWLINE = 0x0a;

/** Cuts chunks into lines: one list a chunk, of views without their line ends; a line cut in two is copied. */
export async function* lineBatches(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer[]> {
  let open: Buffer[] = [];
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: Buffer[] = [];
    let from = 0;
    for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
      const end = bytes.subarray(from, to);
      lines.push(open.length === 0 ? end : Buffer.concat([...open, end]));
      open = [];
      from = to + 1;
    }
    if (from < bytes.length) open.push(bytes.subarray(from));
    if (lines.length > 0) yield lines;
  }
  if (open.length > 0) yield [Buffer.concat(open)];
}
