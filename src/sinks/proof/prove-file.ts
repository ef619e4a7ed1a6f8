import { assert } from '../../base/assert.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { FoundFile } from '../read/get-file.ts';
import { readPieces } from '../read/read-pieces.ts';
import type { Sink } from '../sink.ts';
import { ChainedSha256, blockEdgeBefore } from './chained-sha256.ts';
import { checkProof } from './check-proof.ts';
import { encodeProof } from './proof-codec.ts';

/**
 * Makes the proof of a file, see docs/proof.md. Reads the whole shard: its digest is one over all of its bytes.
 *
 * @returns the proof's text.
 * @throws TidemarkError ERR_PROOF_UNAVAILABLE when the shard has no digest of the row alone; ERR_SHARD_CORRUPT,
 * ERR_SINK_UNAVAILABLE.
 */
export async function proveFile(options: {
  readonly sink: Sink;
  readonly found: Pick<FoundFile, 'info' | 'reader' | 'entry'>;
  /** Told of each piece of the shard. */
  readonly onBytes: (bytes: number) => void;
}): Promise<Buffer> {
  const { sink, onBytes } = options;
  const { info, reader, entry } = options.found;
  if (entry.sha256 === null)
    throw new TidemarkError('ERR_PROOF_UNAVAILABLE', {
      detail: `${info.name} holds rows, which have no digest each`,
    });
  const { layout, name } = reader;
  const edge = blockEdgeBefore(layout.directoryRange.from);
  const hash = new ChainedSha256();
  for await (const piece of readPieces({ sink, name, from: 0, to: edge, onBytes })) hash.update(piece);
  const prefix = { bytes: edge, state: hash.state() };
  const tail = await sink.readRange(name, { offset: edge, length: layout.bytes - edge });
  hash.update(tail);
  onBytes(tail.length);
  if (hash.digest() !== info.sha256)
    throw reader.corrupt({ from: 0, to: layout.bytes }, 'it has not the sha256 of its manifest');
  const place = await reader.findEntry(entry.uid, entry.createdAt);
  assert(place !== undefined, 'what was found a moment ago is found again');
  const page = await reader.readPageData(place.page);
  const { uid, createdAt, sizeBytes, sha256 } = entry;
  const proof = encodeProof({ uid, createdAt, shardSha256: info.sha256, prefix, tail, page });
  // A proof that is refused later, when the shard may be gone, is worth nothing.
  const file = { bytes: sizeBytes, sha256: sha256.toString('hex') };
  checkProof({ proof, digest: `sha256:${info.sha256}`, file });
  return proof;
}
