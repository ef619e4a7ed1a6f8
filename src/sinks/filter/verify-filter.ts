import { TidemarkError } from '../../base/errors.ts';
import { readManifest } from '../read/manifests.ts';
import { errorIn } from '../read/verify-problem.ts';
import type { VerifyProblem } from '../read/verify-problem.ts';
import type { Sink } from '../sink.ts';
import { fillRows, headOf } from './build-filter.ts';
import type { ManifestShards } from './build-filter.ts';
import { isIntact, rowBytes } from './filter-bits.ts';
import { parseFilterName } from './filter-name.ts';
import { isCorruptFilter, openFilter } from './read-filter.ts';
import type { OpenFilter } from './read-filter.ts';

/** The most that a filter is cut to, and its head. */
const FILTER_BYTES_MAX = 36 * 1024 * 1024;
const CODE = 'ERR_FILTER_CORRUPT';

/** Reads a whole filter, checks each row, and fills it anew from the indexes of its shards: a uid that it lacks is damage. */
export async function verifyFilter(sink: Sink, name: string): Promise<readonly VerifyProblem[]> {
  try {
    const filter = await openFilter(sink, name);
    const end = filter.headBytes + filter.head.rows * rowBytes(filter.head);
    const bytes = await sink.size(name);
    if (bytes !== end || end > FILTER_BYTES_MAX)
      return [errorIn(name, null, `${CODE}: it has ${bytes} bytes, its head says ${end}`)];
    const bits = await sink.readRange(name, { offset: filter.headBytes, length: end - filter.headBytes });
    const damaged = findDamagedRow(filter, bits);
    return damaged === undefined ? await compareWithShards(sink, filter, bits) : [damaged];
  } catch (error) {
    if (isCorruptFilter(error)) return [errorIn(name, null, error.message)];
    // A manifest or shard that is damaged is told of by its own check.
    if (error instanceof TidemarkError && error.code === 'ERR_SHARD_CORRUPT') return [];
    throw error;
  }
}

function findDamagedRow({ name, headBytes, head }: OpenFilter, bits: Buffer): VerifyProblem | undefined {
  const bytes = rowBytes(head);
  for (let row = 0; row < head.rows; row++) {
    if (isIntact(bits.subarray(row * bytes, (row + 1) * bytes), row)) continue;
    const from = headBytes + row * bytes;
    return errorIn(name, { from, to: from + bytes }, `${CODE}: row ${row} has not its checksum`);
  }
  return undefined;
}

async function compareWithShards(sink: Sink, filter: OpenFilter, bits: Buffer): Promise<VerifyProblem[]> {
  const { name, head } = filter;
  const { day } = parseFilterName(name)!;
  const manifests: ManifestShards[] = [];
  for (const covered of head.manifests) {
    const manifest = day + covered.name;
    if ((await sink.size(manifest)) === null)
      return [{ severity: 'warning', name, range: null, what: `it covers ${manifest}, which is not there` }];
    const { shards } = await readManifest(sink, manifest);
    manifests.push({ name: manifest, shards });
  }
  const expected = headOf({ table: head.table, day, manifests });
  // Another version may cut sections otherwise; what the filter says of itself is what counts.
  const agrees =
    expected.uids === head.uids &&
    expected.manifests.every(({ shards }, i) => shards === head.manifests[i]!.shards);
  if (!agrees) return [errorIn(name, null, `${CODE}: it counts other shards than its manifests`)];
  const fresh = Buffer.alloc(bits.length);
  await fillRows({ sink, bits: fresh, head, manifests });
  return fresh.equals(bits)
    ? []
    : [errorIn(name, null, `${CODE}: its bits are not those of the uids in its shards`)];
}
