import type { ShardInfo } from '../../model/shard.ts';
import { ownShardName, shardName } from '../../model/shard.ts';
import type { Manifest } from '../../model/manifest.ts';
import { planFrames } from '../format/frame-plan.ts';
import type { IndexColumns } from '../format/index-columns.ts';
import type { Sink } from '../sink.ts';
import { CorruptShard } from './corrupt-shard.ts';
import { digestOf } from './digest-of.ts';
import { FrameScan } from './frame-scan.ts';
import { LineCheck } from './line-check.ts';
import { loadIndex } from './load-index.ts';
import { frameRange } from './decode-frame.ts';
import { MemberSequence } from './member-sequence.ts';
import { openListedShard } from './shard-reader.ts';
import type { ShardReader } from './shard-reader.ts';
import { TarCheck } from './tar-check.ts';
import { findHiddenDamage } from './hidden-damage.ts';
import { errorIn } from './verify-problem.ts';
import type { VerifyProblem } from './verify-problem.ts';

/** A larger frame is none of ours; it gets memory of its own. */
const TARGET_BYTES_MAX = 1024 * 1024;

/** What a manifest says of one of its shards. */
export interface ShardClaim {
  readonly manifest: Pick<Manifest, 'window' | 'payload'>;
  readonly info: ShardInfo;
}

export interface VerifiedShard {
  /** In the file, whatever it should have. */
  readonly bytes: number;
  readonly problems: readonly VerifyProblem[];
}

type VerifyOptions = ShardClaim & { readonly sink: Sink; readonly onBytes: (bytes: number) => void };

/** All that {@link verifyShard} finds, at once. */
export async function collectProblems(options: VerifyOptions): Promise<VerifiedShard> {
  const problems: VerifyProblem[] = [];
  let read = 0;
  const onBytes = (bytes: number): void => {
    read += bytes;
    options.onBytes(bytes);
  };
  for await (const problem of verifyShard({ ...options, onBytes })) problems.push(problem);
  return { bytes: read, problems };
}

/** Reads every byte of a shard and compares all that can be compared. */
export async function* verifyShard(options: VerifyOptions): AsyncGenerator<VerifyProblem> {
  const { sink, info } = options;
  const bytes = await sink.size(info.name);
  if (bytes === null) {
    yield errorIn(info.name, null, 'the shard is missing');
    return;
  }
  if (bytes !== info.bytes)
    yield errorIn(info.name, null, `the file has ${bytes} bytes, the manifest says ${info.bytes}`);
  let reader: ShardReader | undefined;
  let scan: FrameScan | undefined;
  let problems = 0;
  try {
    reader = await openListedShard(sink, { name: info.name, bytes });
    for (const problem of verifyMetadata(reader, options)) {
      problems++;
      yield problem;
    }
    scan = new FrameScan({ sink, reader, onBytes: options.onBytes });
    for await (const problem of verifyContents(reader, scan)) {
      problems++;
      yield problem;
    }
  } catch (error) {
    if (!(error instanceof CorruptShard)) throw error;
    yield errorIn(error.shard, error.range, error.what);
  }
  const sha256 = await (scan?.digest() ??
    digestOf({ sink, name: info.name, bytes, onBytes: options.onBytes }));
  if (sha256 === info.sha256) return;
  if (reader !== undefined && problems === 0) yield* findHiddenDamage(reader);
  yield errorIn(info.name, { from: 0, to: bytes }, `sha256 is ${sha256}, the manifest says ${info.sha256}`);
}

function* verifyMetadata(reader: ShardReader, { manifest, info }: ShardClaim): Generator<VerifyProblem> {
  const { metadata, directoryRange } = reader.layout;
  const says = {
    name: shardName(metadata, metadata.part),
    window: `${metadata.window.start} to ${metadata.window.end}`,
    payload: metadata.payload,
    rows: metadata.rows,
    files: metadata.files,
    minCreatedAt: metadata.minCreatedAt,
    maxCreatedAt: metadata.maxCreatedAt,
  };
  const expected = {
    ...info,
    name: ownShardName(info.name),
    window: `${manifest.window.start} to ${manifest.window.end}`,
    payload: manifest.payload,
  };
  for (const key of Object.keys(says) as (keyof typeof says)[])
    if (says[key] !== expected[key])
      yield errorIn(
        info.name,
        directoryRange,
        `the shard says ${key} ${says[key]}, the manifest says ${expected[key]}`,
      );
}

/**
 * Frames, tar members, index and seek table against each other.
 *
 * @param scan where the frames come from; without it they are read one by one.
 */
export async function* verifyContents(reader: ShardReader, scan?: FrameScan): AsyncGenerator<VerifyProblem> {
  const { metadata, frames, seekTableRange } = reader.layout;
  let index: IndexColumns[] | undefined;
  try {
    index = await loadIndex(reader);
  } catch (error) {
    if (!(error instanceof CorruptShard)) throw error;
    yield errorIn(error.shard, error.range, error.what);
  }
  const members = index && new MemberSequence(metadata, index);
  const tar = members && new TarCheck(members);
  const lines = index && new LineCheck(metadata, index);
  // Two in turns: of a file that goes on in the next frame the piece before is looked at once more.
  const targets = [0, 1].map(() => Buffer.allocUnsafeSlow(Math.min(metadata.frameBytes, TARGET_BYTES_MAX)));
  for (let number = 0; number < frames.length; number++) {
    const range = frameRange(frames.at(number)!);
    let content: Buffer;
    try {
      const data = await (scan?.data(number) ?? reader.readFrameData(number));
      content = reader.decodeFrame(number, data, targets[number % targets.length]);
    } catch (error) {
      if (!(error instanceof CorruptShard)) throw error;
      yield errorIn(error.shard, error.range, error.what);
      continue;
    }
    if (number === frames.length - 1) {
      if (content.some((byte) => byte !== 0))
        yield errorIn(reader.name, range, "tar's end marker is not zero");
      continue;
    }
    for (const what of tarDamage(tar, lines, content, number)) yield errorIn(reader.name, range, what);
  }
  for (const event of tar?.finish() ?? [])
    if (event.kind === 'damage') yield errorIn(reader.name, null, event.what);
  // Those that were not compared because of damage before them.
  while (members?.next() !== undefined);
  if (members !== undefined && !isPlanned(reader, members.memberBytes))
    yield errorIn(reader.name, seekTableRange, 'the seek table does not cut the frames as the index asks');
}

function* tarDamage(
  tar: TarCheck | undefined,
  lines: LineCheck | undefined,
  content: Buffer,
  frame: number,
): Generator<string> {
  for (const event of tar?.push(content, frame) ?? []) {
    const rows = 'member' in event && event.member.place === null;
    if (event.kind === 'damage') yield event.what;
    const wrong =
      rows && event.kind === 'content'
        ? lines?.push(event.bytes)
        : rows && event.kind === 'end'
          ? lines?.finish()
          : undefined;
    if (wrong !== undefined) yield wrong;
  }
}

/** True when the frames hold exactly what the plan of these members gives. */
function isPlanned(reader: ShardReader, memberBytes: Iterable<number>): boolean {
  let number = 0;
  for (const frame of planFrames(memberBytes, reader.layout.metadata.frameBytes))
    if (reader.layout.frames.at(number++)?.contentBytes !== frame.bytes) return false;
  return number === reader.layout.frames.length - 1;
}
