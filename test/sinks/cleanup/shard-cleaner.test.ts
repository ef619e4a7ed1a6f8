import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { moveFilesTo } from '../../../src/sinks/cleanup/disposal.ts';
import { Tmpfs } from '../../support/tmpfs.ts';
import { asidePath, createCleaningRig } from './cleaning-rig.ts';

const NONE = { removedFiles: 0, removedBytes: 0, missingFiles: 0, kept: {} };

describe('cleaning up behind a shard', () => {
  test('removes what is still what was archived, and nothing else', async () => {
    const rig = createCleaningRig();
    const rows = ['same', 'grown', 'edited', 'gone', 'swapped', 'replaced by a folder'].map((uid) =>
      rig.row(uid, `content of ${uid}`, { name: `sub/${uid}` }),
    );
    writeFileSync(join(rig.root, 'sub/stranger'), 'named by no row');
    const sealed = await rig.seal(rows);
    const at = (name: string) => join(rig.root, 'sub', name);
    appendFileSync(at('grown'), '!');
    writeFileSync(at('edited'), 'CONTENT of edited');
    rmSync(at('gone'));
    renameSync(at('swapped'), at('elsewhere'));
    symlinkSync(at('elsewhere'), at('swapped'));
    rmSync(at('replaced by a folder'));
    mkdirSync(at('replaced by a folder'));

    expect(await rig.clean(sealed)).toEqual({
      ...{ removedFiles: 1, removedBytes: 'content of same'.length, missingFiles: 1 },
      kept: { file_changed: 2, file_not_regular: 2 },
    });
    expect(rig.left()).toEqual([
      ...['sub', 'sub/edited', 'sub/elsewhere', 'sub/grown', 'sub/replaced by a folder'],
      ...['sub/stranger', 'sub/swapped'],
    ]);
    expect(readFileSync(at('edited'), 'utf8')).toBe('CONTENT of edited');
    const told = rig.kept.map(({ reason, files, uids }) => ({ reason, files, uids: [...uids].sort() }));
    expect(told).toEqual([
      { reason: 'file_changed', files: 2, uids: ['edited', 'grown'] },
      { reason: 'file_not_regular', files: 2, uids: ['replaced by a folder', 'swapped'] },
    ]);
  });

  test('done again finds everything missing, and is a success', async () => {
    const rig = createCleaningRig();
    const sealed = await rig.seal([rig.row('a', 'a'), rig.row('b', '')]);
    expect(await rig.clean(sealed)).toMatchObject({ removedFiles: 2 });
    expect(await rig.clean(sealed)).toEqual({ ...NONE, missingFiles: 2 });
    expect(rig.left()).toEqual([]);
  });

  test('only looks when it is told so', async () => {
    const rig = createCleaningRig();
    const sealed = await rig.seal([rig.row('a', 'aa'), rig.row('b', 'bbb')]);
    expect(await rig.clean(sealed, { disposal: null })).toMatchObject({ removedFiles: 2, removedBytes: 5 });
    expect(rig.left()).toEqual(['f0', 'f1']);
  });

  test('removes nothing through a link that leaves, nor where no root is listed', async () => {
    const rig = createCleaningRig();
    const outside = join(rig.folder, 'outside');
    const rows = [rig.row('a', 'a', { name: 'way/a' }), rig.row('b', 'b', { name: 'spared/b' })];
    const inside = rig.row('c', 'c', { name: 'real/c' });
    symlinkSync(join(rig.root, 'real'), join(rig.root, 'within'));
    const linked = { ...inside, fileLocation: join(rig.root, 'within/c') };
    const sealed = await rig.seal([...rows, linked]);
    renameSync(join(rig.root, 'way'), outside);
    symlinkSync(outside, join(rig.root, 'way'));

    const roots = await rig.roots({ more: [join(rig.root, 'spared')] });
    expect(await rig.clean(sealed, { roots })).toMatchObject({
      removedFiles: 1,
      kept: { file_outside_roots: 2 },
    });
    expect(readFileSync(join(outside, 'a'), 'utf8')).toBe('a');
    // What lies behind the link stands in the list too.
    expect(rig.left()).toEqual(['real', 'spared', 'spared/b', 'way', 'way/a', 'within']);
  });

  test('moves files to their paths below another folder, and overwrites nothing there', async () => {
    const rig = createCleaningRig();
    const target = join(rig.folder, 'moved');
    const taken = join(target, 'public.files/sub');
    mkdirSync(taken, { recursive: true });
    writeFileSync(join(taken, 'b'), 'of somebody else');
    writeFileSync(join(taken, 'c'), 'cc');
    const rows = ['a', 'b', 'c'].map((uid) => rig.row(uid, uid + uid, { name: `sub/${uid}` }));
    const sealed = await rig.seal(rows);
    const disposal = moveFilesTo({ folder: target, table: 'public.files' });
    expect(await rig.clean(sealed, { disposal })).toMatchObject({ removedFiles: 3, kept: {} });
    expect(rig.left()).toEqual(['sub']);
    const moved = (name: string) => readFileSync(join(taken, name), 'utf8');
    expect([moved('a'), moved('b'), moved('c')]).toEqual(['aa', 'of somebody else', 'cc']);
    // sha256 of bb
    expect(moved('b~3b64db95cb55c763')).toBe('bb');
  });
});

describe('another file system', () => {
  test('takes copies, with their time, once it has room', async () => {
    const disk = await Tmpfs.mount({ sizeMiB: 1 });
    onTestFinished(() => disk.unmount());
    const rig = createCleaningRig();
    const sealed = await rig.seal(['a', 'b'].map((uid) => rig.row(uid, uid, { name: `sub/${uid}` })));
    utimesSync(join(rig.root, 'sub/a'), 1_000, 2_000);
    const makeRoom = await disk.fill();
    const disposal = moveFilesTo({ folder: disk.folder, table: 'public.files' });
    expect(await rig.clean(sealed, { disposal, onFailing: makeRoom })).toMatchObject({ removedFiles: 2 });
    expect(rig.failed).toMatchObject([{ files: 2, attempt: 1 }]);
    expect(rig.left()).toEqual(['sub']);
    const moved = join(disk.folder, 'public.files/sub');
    expect(['a', 'b'].map((name) => readFileSync(join(moved, name), 'utf8'))).toEqual(['a', 'b']);
    expect(statSync(join(moved, 'a')).mtimeMs).toBe(2_000_000);
    expect(readdirSync(join(disk.folder, '.tidemark-tmp'))).toEqual([]);
  });
});

describe('a shard that cannot be trusted', () => {
  test('removes nothing when a byte of it is another one', async () => {
    const rig = createCleaningRig();
    const sealed = await rig.seal([rig.row('a', randomBytes(40_000))], { frameBytes: 8_192 });
    const path = join(rig.archive, sealed.manifest.shards[0]!.name);
    const bytes = readFileSync(path);
    // In the middle of the file's content, which nobody needs to read for where the file is.
    bytes[20_000]! ^= 1;
    writeFileSync(path, bytes);
    await expect(rig.clean(sealed)).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
    truncateSync(path, 100);
    await expect(rig.clean(sealed)).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
    rmSync(path);
    await expect(rig.clean(sealed)).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
    expect(rig.left()).toEqual(['f0']);
  });

  test('removes nothing when its event says another digest, or no manifest names it', async () => {
    const rig = createCleaningRig();
    const sealed = await rig.seal([rig.row('a', 'a')]);
    const other = { announced: { sha256: '0'.repeat(64) } };
    await expect(rig.clean(sealed, other)).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
    rmSync(join(rig.archive, sealed.manifestName));
    await expect(rig.clean(sealed)).rejects.toMatchObject({ code: 'ERR_SHARD_NOT_FOUND' });
    expect(rig.left()).toEqual(['f0']);
  });

  test('is not believed to have lost its files when their root was taken away', async () => {
    const rig = createCleaningRig();
    const sealed = await rig.seal([rig.row('a', 'a')]);
    const roots = await rig.roots();
    renameSync(rig.root, `${rig.root}-away`);
    mkdirSync(rig.root);
    await expect(rig.clean(sealed, { roots })).rejects.toMatchObject({ code: 'ERR_SOURCE_UNAVAILABLE' });
  });
});

describe('files that a killed process has set aside', () => {
  test('are removed when they are what was archived, whatever has their name now', async () => {
    const rig = createCleaningRig();
    const sealed = await rig.seal(['a', 'b', 'c'].map((uid) => rig.row(uid, uid, { name: uid })));
    renameSync(join(rig.root, 'a'), asidePath(rig.root, 'dead', 'a'));
    renameSync(join(rig.root, 'b'), asidePath(rig.root, 'dead', 'b'));
    writeFileSync(join(rig.root, 'b'), 'a new file');
    // Killed between the two names of a file that is tried out.
    linkSync(join(rig.root, 'c'), asidePath(rig.root, 'other', 'c'));
    // Killed after it had removed one.
    asidePath(rig.root, 'empty', 'a');
    expect(await rig.clean(sealed)).toMatchObject({ removedFiles: 2, kept: { file_changed: 1 } });
    expect(rig.left()).toEqual(['b']);
    expect(readFileSync(join(rig.root, 'b'), 'utf8')).toBe('a new file');
  });

  test('are put back when they are not, and beside their name when it is taken', async () => {
    const rig = createCleaningRig();
    const sealed = await rig.seal(['a', 'b', 'c'].map((uid) => rig.row(uid, uid, { name: uid })));
    rmSync(join(rig.root, 'a'));
    rmSync(join(rig.root, 'c'));
    writeFileSync(asidePath(rig.root, 'dead', 'a'), 'another a');
    writeFileSync(asidePath(rig.root, 'dead', 'b'), 'another b');
    mkdirSync(asidePath(rig.root, 'dead', 'c'));
    const outcome = { removedFiles: 1, kept: { file_changed: 1, file_not_regular: 1 } };
    expect(await rig.clean(sealed)).toMatchObject(outcome);
    const [a, b, ...more] = rig.left();
    expect([a, more]).toEqual(['a', ['c']]);
    expect(b).toMatch(/^b\.tidemark-kept-[0-9a-f]{12}$/);
    expect(readFileSync(join(rig.root, 'a'), 'utf8')).toBe('another a');
    expect(readFileSync(join(rig.root, b!), 'utf8')).toBe('another b');
  });
});

describe('a file that cannot be removed', () => {
  test('is tried again until it can, while the others go', async () => {
    const rig = createCleaningRig();
    const sealed = await rig.seal(['a', 'b'].map((uid) => rig.row(uid, uid, { name: uid })));
    // A link in the place of the private folder: nothing may be put through it.
    symlinkSync(rig.folder, join(rig.root, '.tidemark-cleanup'));
    const troubles: string[] = [];
    const onFailing = (trouble: string) => {
      troubles.push(trouble);
      rmSync(join(rig.root, '.tidemark-cleanup'));
      return Promise.resolve();
    };
    expect(await rig.clean(sealed, { onFailing })).toMatchObject({ removedFiles: 2 });
    expect(rig.failed).toMatchObject([{ files: 2, reason: 'EEXIST', uid: 'a', attempt: 1 }]);
    expect(troubles).toHaveLength(1);
  });

  test('ends with the signal, after the file at hand', async () => {
    const rig = createCleaningRig();
    const sealed = await rig.seal(['a', 'b'].map((uid) => rig.row(uid, uid, { name: uid })));
    const abort = new AbortController();
    const disposal = () => {
      abort.abort(new Error('told to end'));
      return Promise.reject(Object.assign(new Error('busy'), { code: 'EBUSY' }));
    };
    const cleaning = rig.clean(sealed, { disposal, signal: abort.signal });
    await expect(cleaning).rejects.toThrow('told to end');
    expect(await rig.clean(sealed)).toMatchObject({ removedFiles: 2 });
    expect(rig.left()).toEqual([]);
  });
});
