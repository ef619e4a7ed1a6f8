import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestRow } from '../sinks/support/seal-rows.ts';
import { WINDOW_START } from '../sinks/support/seal-request.ts';

/** Rows whose bytes never change: fixed places, fixed contents, one of each kind that the format tells apart. */
export function goldenRows(root: string): TestRow[] {
  const contents: Record<string, string> = {
    plain: 'hello\n',
    empty: '',
    'a/b': 'a name that must be encoded\n',
    日本語: 'a name that needs a pax record\n',
    large: Array.from({ length: 3000 }, (_, i) => `line ${i}`).join('\n'),
  };
  return Object.entries(contents).map(([uid, content], i) => {
    const path = join(root, `${i}.txt`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    const line = JSON.stringify({ uid, created_at: i, size_bytes: content.length });
    return {
      ...{ uid, line, fileLocation: path },
      createdAt: WINDOW_START + 1_500_000 * (i + 1),
      sizeBytes: Buffer.byteLength(content),
    };
  });
}
