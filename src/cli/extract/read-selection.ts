import type { NamePattern, Selection } from '../../sinks/extract/selection.ts';
import { parseEnds } from '../time-range.ts';
import { readUids } from './read-uids.ts';

export interface SelectionFlags {
  readonly uids?: string;
  readonly createdFrom?: string;
  readonly createdTo?: string;
  readonly name?: string;
  readonly nameColumn: string;
}

/** What the options choose of the shards. @throws TidemarkError ERR_USAGE */
export async function readSelection(flags: SelectionFlags): Promise<Selection> {
  const { uids, name } = flags;
  const { from, to } = parseEnds(
    {
      ...(flags.createdFrom === undefined ? {} : { from: flags.createdFrom }),
      ...(flags.createdTo === undefined ? {} : { to: flags.createdTo }),
    },
    { from: '--created-from', to: '--created-to' },
  );
  return {
    ...(from === undefined ? {} : { createdFrom: from }),
    ...(to === undefined ? {} : { createdTo: to }),
    ...(name === undefined ? {} : { name: await namePattern(name, flags.nameColumn) }),
    ...(uids === undefined ? {} : { uids: await readUids(uids) }),
  };
}

/** A pattern without `/` is compared with the last segment alone, as in .gitignore. */
async function namePattern(glob: string, column: string): Promise<NamePattern> {
  const { default: picomatch } = await import('picomatch');
  return { matches: picomatch(glob, { dot: true, basename: !glob.includes('/') }), column };
}
