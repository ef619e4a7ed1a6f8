import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { TidemarkError, messageOf } from '../base/errors.ts';
import { formatMicros } from '../model/micros.ts';
import type { MeasuredFile } from '../sinks/proof/check-proof.ts';
import type { CliContext } from './cli-context.ts';
import type { SinkFlags } from './read-sink.ts';
import { formatCount } from './text-table.ts';

export interface ProofFlags {
  readonly proof?: string;
  readonly file?: string;
  readonly digest?: string;
  readonly json?: true;
}

/**
 * `tidemark verify --proof`: needs three things that were handed over, and neither archive nor configuration.
 *
 * @returns false when no proof was asked for.
 * @throws TidemarkError ERR_USAGE, ERR_PROOF_INVALID.
 */
export async function verifyProof(
  { terminal }: CliContext,
  shards: readonly string[],
  flags: ProofFlags & SinkFlags,
): Promise<boolean> {
  const { proof, file, digest } = flags;
  if (proof === undefined && file === undefined && digest === undefined) return false;
  if (proof === undefined || file === undefined || digest === undefined)
    throw usage('--proof, --file and --digest belong together');
  if (shards.length > 0 || flags.sink !== undefined)
    throw usage('--proof is checked without any archive: neither shards nor --sink go with it');
  const { checkProof } = await import('../sinks/proof/check-proof.ts');
  const measured = await orUsage(`--file ${file}`, () => measure(file));
  const text = await orUsage(`--proof ${proof}`, () => readProof(proof));
  const { createdAt, ...proven } = checkProof({ proof: text, digest, file: measured });
  const time = formatMicros(createdAt);
  if (flags.json === true) terminal.printJson({ ...proven, createdAt: time, ...measured });
  else
    terminal.print(
      `proven: uid ${JSON.stringify(proven.uid)} of ${proven.table} at ${time} has these ${formatCount(measured.bytes)} bytes, says shard ${proven.shard} with ${digest}`,
    );
  return true;
}

async function measure(path: string): Promise<MeasuredFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** More than a proof can have is not read: the length alone refuses it. */
async function readProof(path: string): Promise<Buffer> {
  const { PROOF_BYTES_MAX } = await import('../sinks/proof/proof-codec.ts');
  const { size } = await stat(path);
  if (size <= PROOF_BYTES_MAX) return await readFile(path);
  throw new TidemarkError('ERR_PROOF_INVALID', { detail: `${path} has ${size} bytes, too many for a proof` });
}

/** A path that cannot be read is a mistyped one. */
async function orUsage<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof TidemarkError) throw cause;
    throw new TidemarkError('ERR_USAGE', {
      detail: `${what} cannot be read: ${messageOf(cause)}`,
      remedy: 'Correct the path.',
      cause,
    });
  }
}

function usage(detail: string): TidemarkError {
  return new TidemarkError('ERR_USAGE', {
    detail,
    remedy: 'Write `tidemark verify --proof FILE.proof.json --file FILE --digest sha256:…`.',
  });
}
