import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pythonTools } from '../../support/python-tools.ts';

/** A second real reader of the zstd seekable format: libzstd-seek. */
const PACKAGES = ['indexed_zstd==1.7.2'];

/** Reads bytes of the decompressed stream at several places, jumping from one to the next. */
export function readWithSeekableReader(
  path: string,
  places: readonly { readonly offset: number; readonly length: number }[],
): { readonly size: number; readonly parts: Buffer[] } {
  const script = `
import sys, json, indexed_zstd
f = indexed_zstd.IndexedZstdFile(sys.argv[1])
parts = []
for place in json.loads(sys.argv[2]):
    f.seek(place['offset'])
    parts.append(f.read(place['length']).hex())
print(json.dumps({'size': f.seek(0, 2), 'parts': parts}))
`;
  const output = execFileSync(
    join(pythonTools('seekable-reader', PACKAGES), 'python'),
    ['-c', script, path, JSON.stringify(places)],
    {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
      timeout: 60_000,
    },
  );
  const result = JSON.parse(output) as { size: number; parts: string[] };
  return { size: result.size, parts: result.parts.map((part) => Buffer.from(part, 'hex')) };
}
