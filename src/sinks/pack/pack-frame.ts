import { hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { assert } from '../../base/assert.ts';
import { paddedBytes } from '../format/tar-header.ts';
import { TAR_BLOCK_BYTES } from '../format/ustar-block.ts';
import type { FrameCompressor } from '../zstd.ts';
import { atFile } from './file-fault.ts';
import { FileListReader } from './file-list.ts';
import { openInFolder, readUntouched } from './folder-files.ts';
import type { FilePlace } from './folder-files.ts';
import { Moment } from './kernel-times.ts';
import type { FileProblem, FrameTask, PackFile, PackResult } from './pack-task.ts';
import { closeSource, isSourceProblem, isUnchanged, openSource, readFully } from './source-file.ts';
import type { SourceFile } from './source-file.ts';
import { SourceFolders } from './source-folders.ts';
import { changed } from './source-problem.ts';
import type { SourceProblem } from './source-problem.ts';

const DIGEST_BYTES = 32;
const NO_OBJECTS: FetchedObjects = new Map();

/** Bytes of objects that stand among the files of a frame, or what is wrong with them. */
export type FetchedObjects = ReadonlyMap<number, Buffer | SourceProblem>;

/** What a task's memory says: tar bytes made by the main thread (rows), then whole files. */
interface FrameContent {
  readonly bytes: number;
  readonly head: Uint8Array;
  readonly fileList: Uint8Array;
  readonly fileCount: number;
}

interface FrameContext {
  readonly roots: readonly string[];
  /** What was fetched of the task's objects, by position among its files. */
  readonly objects?: FetchedObjects;
  /** At least a frame and one block: a file is read one byte past its planned size, to see that it ends there. */
  readonly buffer: Buffer;
  readonly compressor: FrameCompressor;
}

/** How the files of a frame are reached: through their folders, or with null each by its whole path. */
interface Sources {
  readonly roots: readonly string[];
  readonly folders: SourceFolders | null;
  readonly objects: FetchedObjects;
  readonly begin: Moment;
}

/**
 * Fills one frame with whole files and compresses it into the memory that the task came in; with a problem in any
 * file the frame is not made.
 */
export function packFrame(task: FrameTask, context: FrameContext): PackResult {
  const { buffer, roots, objects = NO_OBJECTS } = context;
  const frame = readTask(task);
  assert(frame.bytes + TAR_BLOCK_BYTES <= buffer.length, 'a frame must fit the buffer');
  const begin = new Moment();
  const folders = new SourceFolders(roots);
  let filled: ReturnType<typeof fillFrame>;
  let stayed: boolean;
  try {
    filled = fillFrame(frame, buffer, { roots, folders, objects, begin });
  } finally {
    stayed = folders.close();
  }
  if (!stayed || !begin.isClockSteady())
    filled = fillFrame(frame, buffer, { roots, folders: null, objects, begin });
  const result = { ...filled, sizes: [], stamp: null, checks: [] };
  if (filled.problems.length > 0) return { ...result, frames: [] };
  const length = context.compressor.compressInto(task.memory, buffer.subarray(0, frame.bytes));
  return { ...result, frames: [{ data: task.memory.subarray(0, length), contentBytes: frame.bytes }] };
}

function readTask(task: FrameTask): FrameContent {
  const { bytes, memory, headBytes, fileCount } = task;
  return { bytes, head: memory.subarray(0, headBytes), fileList: fileListOf(task), fileCount };
}

export function fileListOf({ memory, headBytes, fileList }: FrameTask): Uint8Array {
  return 'buffer' in fileList ? fileList : memory.subarray(headBytes, headBytes + fileList.bytes);
}

function fillFrame(
  { bytes, head, fileList, fileCount }: FrameContent,
  buffer: Buffer,
  sources: Sources,
): Pick<PackResult, 'digests' | 'problems'> {
  const digests = Buffer.allocUnsafeSlow(fileCount * DIGEST_BYTES);
  const problems: FileProblem[] = [];
  buffer.set(head, 0);
  let at = head.length;
  const files = new FileListReader(fileList);
  for (let i = 0; files.next(); i++) {
    const { sizeBytes } = files;
    const content = files.writeHeader(buffer, at);
    const place = { buffer, at: content, sizeBytes };
    try {
      const object = sources.objects.get(i);
      const problem = object === undefined ? readFile(files, place, sources) : placeObject(object, place);
      if (problem !== undefined) problems.push({ file: i, ...problem });
    } catch (error) {
      throw atFile(i, error);
    }
    const end = content + sizeBytes;
    at = content + paddedBytes(sizeBytes);
    buffer.fill(0, end, at);
    // As text of one byte a character: half the cost of a buffer of its own for each digest.
    digests.write(hash('sha256', buffer.subarray(content, end), 'binary'), i * DIGEST_BYTES, 'latin1');
  }
  assert(at === bytes, 'a frame must hold what its plan says');
  return { digests, problems };
}

function placeObject(object: Buffer | SourceProblem, { buffer, at }: FilePlace): SourceProblem | undefined {
  if ('reason' in object) return object;
  object.copy(buffer, at);
  return undefined;
}

function readFile(files: FileListReader, place: FilePlace, sources: Sources): SourceProblem | undefined {
  const { roots, folders, begin } = sources;
  const location = files.location();
  const folder = folders?.folderOf(location) ?? null;
  if (folder === null || location === null)
    return readCarefully(files.file(), place, openSource(location, roots));
  if (readUntouched({ folder, location, begin }, place)) return undefined;
  return readCarefully(files.file(), place, openInFolder(folder, location) ?? openSource(location, roots));
}

/** Looks at the file before and after reading. */
function readCarefully(
  file: PackFile,
  { buffer, at, sizeBytes }: FilePlace,
  source: SourceFile | SourceProblem,
): SourceProblem | undefined {
  if (isSourceProblem(source)) return source;
  try {
    const problem = sizeProblem(file, source);
    if (problem !== undefined) return problem;
    // One byte more than planned: a file that has grown gives it. One that gives all but that byte has ended there
    // if its size is still the same afterwards.
    let read = readSync(source.fd, buffer, at, sizeBytes + 1, 0);
    if (read < sizeBytes) read += readFully(source.fd, buffer, at + read, sizeBytes - read, read);
    return read === sizeBytes && isUnchanged(source) ? undefined : changed();
  } finally {
    closeSource(source);
  }
}

/** What a file's size says against the plan. */
export function sizeProblem(
  file: PackFile,
  source: { readonly sizeBytes: number },
): SourceProblem | undefined {
  if (source.sizeBytes === file.sizeBytes) return undefined;
  return file.sizeFromRow
    ? {
        reason: 'file_size_differs',
        detail: `the row says ${file.sizeBytes} bytes, the file has ${source.sizeBytes}`,
      }
    : changed();
}
