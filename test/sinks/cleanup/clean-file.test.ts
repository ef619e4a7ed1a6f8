import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cleanFile } from '../../../src/sinks/cleanup/clean-file.ts';
import { resolveCleanupRoots } from '../../../src/sinks/cleanup/cleanup-roots.ts';
import { deleteFile } from '../../../src/sinks/cleanup/disposal.ts';
import { SourceFolder } from '../../../src/sinks/cleanup/source-folder.ts';

const CONTENT = 'what was archived';
const archived = {
  sizeBytes: CONTENT.length,
  sha256: createHash('sha256').update(CONTENT).digest(),
};

let root: string;
let folder: SourceFolder;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'tidemark-clean-'));
  writeFileSync(join(root, 'a'), CONTENT);
  const roots = await resolveCleanupRoots({ sourceRoots: [root], cleanupRoots: [root], barred: [] });
  folder = (await SourceFolder.open({ path: root, token: 'own', roots })) as SourceFolder;
});

afterEach(() => rmSync(root, { recursive: true }));

/** Lets something happen after the file was compared, just before it is taken from its name. */
function beforeItIsSetAside(act: () => void): void {
  const setAside = folder.setAside.bind(folder);
  folder.setAside = (name) => {
    act();
    return setAside(name);
  };
}

/** Lets something happen while it is set aside, before it is compared again. */
function whileItIsAside(act: (aside: string) => void): void {
  const setAside = folder.setAside.bind(folder);
  folder.setAside = async (name) => {
    const aside = await setAside(name);
    act(aside!);
    return aside;
  };
}

const clean = (): ReturnType<typeof cleanFile> =>
  cleanFile({ folder, name: 'a', archived, disposal: deleteFile });

const contentOf = (name: string): string => readFileSync(join(root, name), 'utf8');

async function left(): Promise<string[]> {
  await folder.close();
  return readdirSync(root).sort();
}

describe('between two looks at a file', () => {
  test('another one that takes its name is put back', async () => {
    beforeItIsSetAside(() => {
      writeFileSync(join(root, 'new'), 'another content');
      renameSync(join(root, 'new'), join(root, 'a'));
    });
    expect(await clean()).toEqual({ kind: 'kept', reason: 'file_changed' });
    expect(await left()).toEqual(['a']);
    expect(contentOf('a')).toBe('another content');
  });

  test('a folder that takes its name is not even taken away', async () => {
    beforeItIsSetAside(() => {
      rmSync(join(root, 'a'));
      mkdirSync(join(root, 'a'));
      writeFileSync(join(root, 'a/inside'), '');
    });
    // A folder cannot be linked, which is tried first.
    await expect(clean()).rejects.toMatchObject({ code: 'EPERM' });
    expect(await left()).toEqual(['a']);
  });

  test('one that is written to while it is aside is put back, beside a new one of its name', async () => {
    whileItIsAside((aside) => {
      writeFileSync(aside, 'What was archived');
      writeFileSync(join(root, 'a'), 'a new one');
    });
    expect(await clean()).toEqual({ kind: 'kept', reason: 'file_changed' });
    const [a, kept, ...more] = await left();
    expect([a, more]).toEqual(['a', []]);
    expect([contentOf('a'), contentOf(kept!)]).toEqual(['a new one', 'What was archived']);
  });

  test('a new one of its name stays, and the archived one goes', async () => {
    whileItIsAside(() => writeFileSync(join(root, 'a'), 'a new one'));
    expect(await clean()).toEqual({ kind: 'removed' });
    expect(await left()).toEqual(['a']);
    expect(contentOf('a')).toBe('a new one');
  });

  test('a folder that is moved away is left alone', async () => {
    renameSync(root, `${root}-moved`);
    await expect(clean()).rejects.toMatchObject({ code: 'EBUSY' });
    renameSync(`${root}-moved`, root);
    expect(await clean()).toEqual({ kind: 'removed' });
    expect(await left()).toEqual([]);
  });

  test('another process may remove our private folder, which is empty', async () => {
    expect(await clean()).toEqual({ kind: 'removed' });
    rmSync(join(root, '.tidemark-cleanup'), { recursive: true });
    writeFileSync(join(root, 'a'), CONTENT);
    expect(await clean()).toEqual({ kind: 'removed' });
    expect(await left()).toEqual([]);
  });

  test('one that another process takes over is left to it', async () => {
    whileItIsAside((aside) => {
      mkdirSync(join(root, '.tidemark-cleanup/other'));
      renameSync(aside, join(root, '.tidemark-cleanup/other/a'));
    });
    expect(await clean()).toEqual({ kind: 'missing' });
    expect(readFileSync(join(root, '.tidemark-cleanup/other/a'), 'utf8')).toBe(CONTENT);
    expect(await left()).toEqual(['.tidemark-cleanup']);
  });
});
