import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { MemoryPool } from '../../src/sinks/pack/memory-pool.ts';
import { WriteBehind } from '../../src/sinks/pack/write-behind.ts';
import type { SinkFile } from '../../src/sinks/sink.ts';

const STAGING_BYTES = 64;

/** A file whose writes end when the test lets them. */
class HeldFile implements SinkFile {
  readonly written: Buffer[] = [];
  readonly #held: { resolve: () => void; reject: (error: Error) => void }[] = [];

  async write(bytes: Uint8Array): Promise<void> {
    this.written.push(Buffer.from(bytes));
    await new Promise<void>((resolve, reject) => this.#held.push({ resolve, reject }));
  }

  end(error?: Error): void {
    const write = this.#held.shift()!;
    if (error === undefined) write.resolve();
    else write.reject(error);
  }

  finish = () => Promise.reject(new Error('not asked for'));
  replace = () => Promise.reject(new Error('not asked for'));
  abort = () => Promise.resolve();
}

function begin() {
  let made = 0;
  const file = new HeldFile();
  const memory = new MemoryPool(() => (made++, Buffer.alloc(STAGING_BYTES)));
  return { file, behind: new WriteBehind(file, memory), made: () => made };
}

async function turns(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test('what comes in during a write goes out together with the next, and the giver may reuse its memory', async () => {
  const { file, behind } = begin();
  const bytes = Buffer.from('abc');
  await behind.write(bytes);
  for (const text of ['def', 'ghi']) {
    bytes.write(text);
    await behind.write(bytes);
  }
  bytes.fill(0);
  file.end();
  await turns();
  file.end();
  await behind.flush();
  expect(file.written.map(String)).toEqual(['abc', 'defghi']);
});

test('bytes larger than the staging memory are written whole and in order, with two pieces of it', async () => {
  const { file, behind, made } = begin();
  const bytes = randomBytes(5 * STAGING_BYTES + 7);
  const written = behind.write(bytes).then(() => behind.flush());
  let done = false;
  void written.then(() => (done = true));
  for (let ended = 0; !done; await turns())
    if (file.written.length > ended) {
      file.end();
      ended++;
    }
  expect(Buffer.concat(file.written)).toEqual(bytes);
  expect(made()).toBe(2);
});

test('the failure of a write is thrown to the next caller, also to one that waits for room', async () => {
  const { file, behind } = begin();
  const waiting = behind.write(Buffer.alloc(4 * STAGING_BYTES));
  await turns();
  file.end(new Error('the disk is full'));
  await expect(waiting).rejects.toThrow('the disk is full');
  await expect(behind.write(Buffer.from('more'))).rejects.toThrow('the disk is full');
  await expect(behind.flush()).rejects.toThrow('the disk is full');
});

test('after a stop nothing that waited is written', async () => {
  const { file, behind } = begin();
  await behind.write(Buffer.from('first'));
  await behind.write(Buffer.from('second'));
  const stopped = behind.stop();
  file.end();
  await stopped;
  expect(file.written.map(String)).toEqual(['first']);
});
