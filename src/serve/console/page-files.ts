import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { CODE_ROOT } from '../../base/package-root.ts';

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** `npm run build` copies it. */
const FOLDER = join(CODE_ROOT, 'serve/console/page');

/** The page and what it needs, by the names under which they are served; read once, nothing else is ever served. */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(FOLDER)) {
    const type = TYPES[extname(name)];
    if (type !== undefined) files.set(name, { type, bytes: readFileSync(join(FOLDER, name)) });
  }
  const charts = dirname(createRequire(import.meta.url).resolve('uplot'));
  for (const name of ['uPlot.iife.min.js', 'uPlot.min.css'])
    files.set(name, { type: TYPES[extname(name)]!, bytes: readFileSync(join(charts, name)) });
  return files;
}
