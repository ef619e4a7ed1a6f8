import { accessSync, constants, statSync } from 'node:fs';
import { parseS3Address } from '../base/s3-address.ts';
import type { S3Address } from '../base/s3-address.ts';
import { shellQuote } from '../base/shell-quote.ts';
import type { TableConfig } from '../config/config.ts';
import type { Requirement } from '../model/requirement.ts';

/** What a root that is away by itself begins with: a long-running command waits for it. */
export const SOURCE_AVAILABLE = 'source.available';

/** Every folder that files may stand in can be entered and listed, every prefix of a bucket read. */
export async function inspectRoots(config: {
  readonly tables: readonly Pick<TableConfig, 'id' | 'source'>[];
}): Promise<Requirement[]> {
  const roots = config.tables.flatMap((table) => table.source.roots.map((root) => ({ table, root })));
  return await Promise.all(
    roots.map(({ table, root }) => {
      const place = `${table.id}.${root}`;
      const address = root.startsWith('s3://') ? parseS3Address(root) : null;
      return address === null || 'problem' in address
        ? Promise.resolve(inspectFolder(root, place))
        : inspectPrefix(address, place);
    }),
  );
}

async function inspectPrefix(address: S3Address, place: string): Promise<Requirement> {
  const { inspectSourceBucket } = await import('../sinks/s3/source-requirements.ts');
  return await inspectSourceBucket({
    ...{ address, name: `source.${place}`, availableName: `${SOURCE_AVAILABLE}.${place}` },
  });
}

function inspectFolder(root: string, place: string): Requirement {
  const problem = problemOf(root);
  const name = `source.${place}`;
  return problem === null
    ? { name, ok: true, severity: 'error', detail: 'readable', remedy: null }
    : { name, ok: false, severity: 'error', ...problem };
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
