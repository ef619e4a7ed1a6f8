import { accessSync, constants, statSync } from 'node:fs';
import { TidemarkError } from '../base/errors.ts';
import { shellQuote } from '../base/shell-quote.ts';
import type { Config } from '../config/config.ts';
import type { Requirement } from '../model/requirement.ts';
import { openSink } from '../sinks/open-sink.ts';

/** The sink can be written, proven by writing. */
export async function inspectSink(url: string): Promise<Requirement> {
  const name = 'sink.writable';
  try {
    await openSink(url).check();
    return { name, ok: true, severity: 'error', detail: url, remedy: null };
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    const folder = url.startsWith('file://') ? decodeURI(url.slice('file://'.length)) : url;
    return {
      name,
      ok: false,
      severity: 'error',
      detail: error.detail,
      remedy: `sudo install -d -o "$(id -un)" ${shellQuote(folder)}   # and see that the disk has room`,
    };
  }
}

/** Every folder that files may stand in can be entered and listed. */
export function inspectRoots(config: Config): Requirement[] {
  return config.tables.flatMap((table) =>
    table.source.roots.map((root): Requirement => {
      const problem = problemOf(root);
      const name = `source.${table.id}.${root}`;
      return problem === null
        ? { name, ok: true, severity: 'error', detail: 'readable', remedy: null }
        : { name, ok: false, severity: 'error', ...problem };
    }),
  );
}

function problemOf(root: string): { readonly detail: string; readonly remedy: string } | null {
  try {
    if (!statSync(root).isDirectory()) {
      return { detail: 'is no folder', remedy: `correct source.roots: ${root} is no folder` };
    }
    accessSync(root, constants.R_OK | constants.X_OK);
    return null;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    if (code === 'ENOENT')
      return { detail: 'does not exist', remedy: `mount it, or correct source.roots: ${root}` };
    return {
      detail: `cannot be read (${code})`,
      remedy: `sudo setfacl -m u:"$(id -un)":rx ${shellQuote(root)}`,
    };
  }
}
