import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TidemarkError } from '../../base/errors.ts';
import { shellQuote } from '../../base/shell-quote.ts';
import type { Config } from '../../config/config.ts';
import type { Requirement } from '../../model/requirement.ts';
import { openSink } from '../../sinks/open-sink.ts';
import { systemCode } from '../../sinks/sink-fault.ts';

/** What `tidemark cleanup` needs of this machine; each right is tried by using it. */
export async function inspectCleanup(config: Config): Promise<Requirement[]> {
  const { roots, moveTo } = config.cleanup;
  return [
    inspectList(roots),
    inspectProc(),
    await inspectReading(config),
    ...(await Promise.all(roots.map(inspectRoot))),
    ...(moveTo === null ? [] : [await inspectMoveTo(moveTo)]),
  ];
}

function inspectList(roots: readonly string[]): Requirement {
  const ok = roots.length > 0;
  return {
    ...{ name: 'cleanup.roots', ok, severity: 'error' },
    detail: ok ? roots.join(', ') : 'is empty: nothing may be removed',
    remedy: ok ? null : 'list those of source.roots in which archived files may be removed (docs/cleanup.md)',
  };
}

/** Files are reached through their open folders, which only Linux offers a program in JavaScript. */
function inspectProc(): Requirement {
  const ok = existsSync('/proc/self/fd');
  return {
    ...{ name: 'cleanup.proc', ok, severity: 'error' },
    detail: ok ? 'files can be reached through open folders' : 'there is no /proc/self/fd',
    remedy: ok ? null : 'run the clean-up on Linux, with /proc mounted',
  };
}

async function inspectReading({ sink }: Config): Promise<Requirement> {
  const about = { name: 'sink.readable', severity: 'error' as const };
  try {
    for await (const table of openSink(sink.url, sink).listFolders('')) if (table !== '') break;
    return { ...about, ok: true, detail: sink.url, remedy: null };
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    return { ...about, ok: false, detail: error.detail, remedy: error.remedy };
  }
}

async function inspectRoot(root: string): Promise<Requirement> {
  const about = { name: `cleanup.root.${root}`, severity: 'error' as const };
  if (root.startsWith('s3://')) {
    const { inspectRemoval } = await import('../../sinks/s3/source-requirements.ts');
    return await inspectRemoval({ ...about, url: root });
  }
  try {
    await tryRights(root);
    return { ...about, ok: true, detail: 'files can be set aside, put back and removed', remedy: null };
  } catch (error) {
    return { ...about, ok: false, ...refusalOf(error, root) };
  }
}

async function inspectMoveTo(folder: string): Promise<Requirement> {
  const about = { name: 'cleanup.moveTo', severity: 'error' as const };
  try {
    await mkdir(folder, { recursive: true });
    await tryRights(folder);
    return { ...about, ok: true, detail: `${folder} can be written`, remedy: null };
  } catch (error) {
    return { ...about, ok: false, ...refusalOf(error, folder) };
  }
}

/** What the clean-up does to a file, done to one of our own. Folders below may have other rights. */
async function tryRights(folder: string): Promise<void> {
  const own = await mkdtemp(join(folder, '.tidemark-cleanup-check-'));
  try {
    const [file, other] = [join(own, 'a'), join(own, 'b')];
    await writeFile(file, '');
    await link(file, other);
    await rm(other);
    await rename(file, other);
  } finally {
    await rm(own, { recursive: true });
  }
}

function refusalOf(error: unknown, folder: string): { detail: string; remedy: string } {
  const code = systemCode(error);
  if (code === undefined) throw error;
  const { syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'link')
    return {
      detail: `its file system makes no hard links (${code})`,
      remedy: `without them a file could not be put back safely: leave ${folder} out, or use another file system`,
    };
  if (code === 'ENOENT')
    return { detail: 'does not exist', remedy: `mount it, or take it out of the configuration: ${folder}` };
  return {
    detail: `cannot be written (${code})`,
    remedy: `sudo setfacl -R -m u:"$(id -un)":rwX -m d:u:"$(id -un)":rwX ${shellQuote(folder)}`,
  };
}
