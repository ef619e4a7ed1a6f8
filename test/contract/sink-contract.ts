import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Sink } from '../../src/sinks/sink.ts';
import { collect } from '../sinks/support/collect.ts';

/** A sink of a kind, empty, gone after the test; `reopen` opens the same place as another process would. */
export interface ContractSink {
  readonly sink: Sink;
  readonly reopen: () => Sink;
}

/** What every sink must do, whatever it stands on. */
export function describeSinkContract(kind: string, create: () => Promise<ContractSink>): void {
  const bytes = Buffer.from('the bytes of a file');

  describe(`the ${kind} sink`, () => {
    test('gives back a stored object, whole and by ranges, also to another process', async () => {
      const { sink, reopen } = await create();
      expect(await sink.putObject('t/2026/a.json', bytes)).toBe('stored');
      const other = reopen();
      expect(await other.size('t/2026/a.json')).toBe(bytes.length);
      expect(await other.readRange('t/2026/a.json', { offset: 0, length: bytes.length })).toEqual(bytes);
      expect((await other.readRange('t/2026/a.json', { offset: 4, length: 5 })).toString()).toBe('bytes');
      expect(await other.readRange('t/2026/a.json', { offset: 3, length: 0 })).toHaveLength(0);
    });

    test('takes the same object again, and refuses another one under its name', async () => {
      const { sink } = await create();
      await sink.putObject('t/a.json', bytes);
      expect(await sink.putObject('t/a.json', bytes)).toBe('present');
      const conflict = { code: 'ERR_SHARD_CONFLICT', retryable: false };
      await expect(sink.putObject('t/a.json', Buffer.from('other'))).rejects.toMatchObject(conflict);
      const sameLength = Buffer.from(bytes).fill('x');
      await expect(sink.putObject('t/a.json', sameLength)).rejects.toMatchObject(conflict);
      expect(await sink.readRange('t/a.json', { offset: 0, length: bytes.length })).toEqual(bytes);
    });

    test('puts a file in the place of a damaged one, whose bytes are not lost', async () => {
      const { sink } = await create();
      await sink.putObject('t/2026/a.tar.zst', bytes);
      const file = await sink.createFile('t/2026/a.tar.zst');
      await file.write(Buffer.from('mended'));
      expect(await file.replace()).toMatchObject({ outcome: 'stored', bytes: 6 });
      expect(await sink.readRange('t/2026/a.tar.zst', { offset: 0, length: 6 })).toEqual(
        Buffer.from('mended'),
      );
      const [kept, ...others] = (await collect(sink.list('t/2026/'))).filter(
        (name) => name !== 't/2026/a.tar.zst',
      );
      expect(others).toEqual([]);
      expect(kept!.endsWith('.tar.zst')).toBe(false);
      expect(await sink.readRange(kept!, { offset: 0, length: bytes.length })).toEqual(bytes);
    });

    test('puts a file back whose name stands for nothing any more', async () => {
      const { sink } = await create();
      const file = await sink.createFile('t/2026/b.tar.zst');
      await file.write(bytes);
      await file.replace();
      expect(await collect(sink.list('t/'))).toEqual(['t/2026/b.tar.zst']);
    });

    test('shows a file under its name only when it is finished, and tells its length and digest', async () => {
      const { sink } = await create();
      const file = await sink.createFile('t/a.tar.zst');
      await file.write(bytes.subarray(0, 4));
      await file.write(bytes.subarray(4));
      expect(await sink.size('t/a.tar.zst')).toBeNull();
      expect(await collect(sink.list(''))).toEqual([]);
      expect(await file.finish()).toEqual({
        outcome: 'stored',
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      });
      expect(await sink.size('t/a.tar.zst')).toBe(bytes.length);
    });

    test('keeps nothing of a file that was given up', async () => {
      const { sink } = await create();
      const file = await sink.createFile('t/a.tar.zst');
      await file.write(bytes);
      await file.abort();
      expect(await sink.size('t/a.tar.zst')).toBeNull();
      expect(await collect(sink.list(''))).toEqual([]);
    });

    test('takes the same file again, and refuses another one under its name', async () => {
      const { sink, reopen } = await create();
      const put = async (content: Buffer) => {
        const file = await reopen().createFile('t/a.tar.zst');
        await file.write(content);
        return (await file.finish()).outcome;
      };
      expect(await put(bytes)).toBe('stored');
      expect(await put(bytes)).toBe('present');
      await expect(put(Buffer.from('other'))).rejects.toMatchObject({ code: 'ERR_SHARD_CONFLICT' });
      expect(await sink.readRange('t/a.tar.zst', { offset: 0, length: bytes.length })).toEqual(bytes);
    });

    test('lets one of two writers of different files under one name win, never both', async () => {
      const { sink } = await create();
      const put = async (content: string) => {
        const file = await sink.createFile('t/race');
        await file.write(Buffer.from(content));
        return (await file.finish()).outcome;
      };
      const results = await Promise.allSettled([put('one'), put('two')]);
      expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    });

    test('lists names by prefix in the order of their bytes', async () => {
      const { sink } = await create();
      const names = ['a-b/x', 'a/b/2', 'a/b/10', 'a/b.json', 'a/b/é', 'a/b/z', 'b'];
      for (const name of names) await sink.putObject(name, bytes);
      const inOrder = [...names].sort((a, b) => Buffer.from(a).compare(Buffer.from(b)));
      expect(await collect(sink.list(''))).toEqual(inOrder);
      expect(await collect(sink.list('a/b'))).toEqual(['a/b.json', 'a/b/10', 'a/b/2', 'a/b/z', 'a/b/é']);
      expect(await collect(sink.list('a/b/1'))).toEqual(['a/b/10']);
      expect(await collect(sink.list('none/'))).toEqual([]);
      expect(await collect(sink.listFolders(''))).toEqual(['a', 'a-b']);
      expect(await collect(sink.listFolders('a/'))).toEqual(['b']);
    });

    test('says that a missing or too short file is corrupt', async () => {
      const { sink } = await create();
      await sink.putObject('t/a', bytes);
      const corrupt = { code: 'ERR_SHARD_CORRUPT' };
      await expect(sink.readRange('t/none', { offset: 0, length: 1 })).rejects.toMatchObject(corrupt);
      await expect(sink.readRange('t/a', { offset: 10, length: 100 })).rejects.toMatchObject(corrupt);
      expect(await sink.size('t/none')).toBeNull();
    });

    test('never leaves its place, whatever the name', async () => {
      const { sink } = await create();
      for (const name of ['../a', 'a/../../b', '/etc/x', 'a//b', ''])
        await expect(sink.putObject(name, bytes), name).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
    });

    test('can be checked and swept again and again, and leaves the files of living writers', async () => {
      const { sink, reopen } = await create();
      await sink.check();
      const file = await sink.createFile('t/a');
      await file.write(bytes);
      expect(await reopen().sweep()).toBe(0);
      expect((await file.finish()).outcome).toBe('stored');
      expect(await collect(sink.list(''))).toEqual(['t/a']);
    });
  });
}
