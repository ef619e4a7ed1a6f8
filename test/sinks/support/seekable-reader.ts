import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const VENV = join(import.meta.dirname, '../../../.cache/seekable-reader');
const PYTHON = join(VENV, 'bin/python');
const PACKAGE = 'indexed_zstd==1.7.2';

/**
 * A second real reader of the zstd seekable format: the Python package indexed_zstd (libzstd-seek), in a virtual
 * environment under .cache that is made once.
 *
 * @throws when it cannot be had, with how to get it.
 */
function seekableReaderPython(): string {
  const ready = join(VENV, 'lib');
  try {
    if (existsSync(ready)) {
      execFileSync(PYTHON, ['-c', 'import indexed_zstd'], { stdio: 'ignore' });
      return PYTHON;
    }
  } catch {
    // Half made: made again below.
  }
  try {
    mkdirSync(VENV, { recursive: true });
    execFileSync('python3', ['-m', 'venv', '--clear', VENV], { stdio: 'pipe' });
    execFileSync(PYTHON, ['-m', 'pip', 'install', '--quiet', PACKAGE], { stdio: 'pipe' });
    return PYTHON;
  } catch (cause) {
    throw new Error(
      `the second seekable reader cannot be had: python3 -m venv ${VENV} && ${PYTHON} -m pip install ${PACKAGE}`,
      { cause },
    );
  }
}

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
  const output = execFileSync(seekableReaderPython(), ['-c', script, path, JSON.stringify(places)], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    timeout: 60_000,
  });
  const result = JSON.parse(output) as { size: number; parts: string[] };
  return { size: result.size, parts: result.parts.map((part) => Buffer.from(part, 'hex')) };
}
