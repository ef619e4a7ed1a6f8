import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** A little more than the largest of the inputs needs while it is made. */
const PEAK_KIB_MAX = 700 * 1_024;

test('what claims more memory than it has bytes is refused before the memory is taken', () => {
  const script = fileURLToPath(new URL('./support/bombs.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--max-old-space-size=128', '--import', 'tsx', script],
    { encoding: 'utf8' },
  );
  expect(status, `it went off:\n${stderr.slice(0, 4_000)}`).toBe(0);
  const { outcomes, peakKib } = JSON.parse(stdout) as { outcomes: object; peakKib: number };
  expect(outcomes).toEqual({
    'a seek table of four billion entries': 'ERR_SHARD_CORRUPT',
    'a directory whose metadata have 2^63 bytes': 'ERR_SHARD_CORRUPT',
    'a frame of four gigabytes, compressed': 'ERR_SHARD_CORRUPT',
    'two million frames': '2000000 frames',
    'an index of gigabytes in a file of kilobytes': 'ERR_SHARD_CORRUPT',
    'a frame that holds more than the table says': 'refused',
    'a frame that claims a terabyte': 'refused',
    'a frame that says nothing of its size': 'refused',
    'a manifest of a million wrong rejects': { problem: expect.stringContaining('rejects.0') as string },
    'a manifest of many unknown keys': { problem: expect.any(String) as string },
    'a manifest of arrays in arrays': { problem: expect.any(String) as string },
    'a record of objects in objects': 'poison',
  });
  expect(peakKib).toBeLessThan(PEAK_KIB_MAX);
});
