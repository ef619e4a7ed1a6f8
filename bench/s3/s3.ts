import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { S3 } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { openSink } from '../../src/sinks/open-sink.ts';
import { S3_DEFAULTS } from '../../src/sinks/s3/s3-options.ts';
import { createAdminClient, removeBucket } from '../../test/support/services/s3-admin.ts';
import { readS3Url, s3Environment } from '../../test/support/services/s3-url.ts';
import { benchResult } from '../bench-result.ts';
import type { BenchResult } from '../bench-result.ts';

const SHARD_BYTES = 128 * 1024 * 1024;
/** As the packer hands them over (src/sinks/pack/write-behind.ts). */
const PIECE_BYTES = 2 * 1024 * 1024;
const RUNS = 4;

/**
 * The same bytes into the same server: by our sink, which also takes the digest of the whole, and by the SDK alone, with
 * parts of the same size and as many at once. In turns; the best of each counts.
 */
export async function benchS3({ s3Url }: { readonly s3Url: string }): Promise<BenchResult[]> {
  const server = readS3Url(s3Url);
  Object.assign(process.env, s3Environment(server));
  const sdk = createAdminClient(server);
  const Bucket = `tidemark-bench-${process.pid}`;
  await sdk.createBucket({ Bucket });
  const sink = openSink(`s3://${Bucket}/ours?endpoint=${server.endpoint}`);
  const pieces = makePieces();
  const best = { ours: 0, upload: 0, whole: 0 };
  try {
    for (let run = 0; run < RUNS; run++) {
      best.upload = Math.max(
        best.upload,
        await speedOf(() => upload(sdk, { Bucket, Key: `upload-${run}` }, pieces)),
      );
      best.ours = Math.max(
        best.ours,
        await speedOf(async () => {
          const file = await sink.createFile(`shard-${run}.tar.zst`);
          for (const piece of pieces) await file.write(piece);
          await file.finish();
        }),
      );
      best.whole = Math.max(
        best.whole,
        await speedOf(() => sdk.putObject({ Bucket, Key: `whole-${run}`, Body: Buffer.concat(pieces) })),
      );
    }
  } finally {
    await removeBucket(sdk, Bucket);
    sdk.destroy();
  }
  return [
    benchResult({
      name: 's3',
      unit: 'MB/s',
      ours: best.ours,
      peers: { 'lib-storage Upload': best.upload, PutObject: best.whole },
      peakRssBytes: null,
      notes: `one shard of ${SHARD_BYTES / 1024 ** 2} MiB, parts of ${S3_DEFAULTS.partBytes / 1024 ** 2} MiB, ${S3_DEFAULTS.requestsMax} at once, best of ${RUNS}; server on the same cores; ours also takes the sha256 of the whole, PutObject holds it in memory`,
    }),
  ];
}

async function upload(
  client: S3,
  place: { Bucket: string; Key: string },
  pieces: readonly Buffer[],
): Promise<void> {
  await new Upload({
    client,
    params: { ...place, Body: Readable.from(pieces, { objectMode: false }) },
    partSize: S3_DEFAULTS.partBytes,
    queueSize: S3_DEFAULTS.requestsMax,
  }).done();
}

async function speedOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return SHARD_BYTES / 1e6 / ((performance.now() - began) / 1_000);
}

/** Bytes that no two pieces share and no machine makes otherwise: as incompressible as a shard. */
function makePieces(): Buffer[] {
  return Array.from({ length: SHARD_BYTES / PIECE_BYTES }, (_, i) =>
    createHash('shake256', { outputLength: PIECE_BYTES }).update(String(i)).digest(),
  );
}
