import { FileListReader } from './file-list.ts';
import { atFile } from './file-fault.ts';
import { objectPlace } from './object-place.ts';
import type { ObjectPlace } from './object-place.ts';
import { fileListOf, sizeProblem } from './pack-frame.ts';
import type { FetchedObjects } from './pack-frame.ts';
import type { FrameTask, PackFile } from './pack-task.ts';
import { orProblem } from './source-problem.ts';
import type { SourceProblem } from './source-problem.ts';
import type { SourceBuckets } from '../s3/source-buckets.ts';
import { allOrFirstFault } from './side-by-side.ts';

interface Wanted {
  readonly file: PackFile;
  readonly place: ObjectPlace;
  readonly pin: string | null;
  readonly target: Buffer;
}

/**
 * Fetches the objects among the files of a frame, side by side, each with one request: what the answer says of the object
 * is looked at before its bytes are taken, and all of it is one state of the object.
 *
 * @param memory at least as long as the frame.
 * @throws FileFault for what may pass; the signal's reason.
 */
export async function fetchObjects(
  task: FrameTask,
  {
    buckets,
    memory,
    signal,
  }: { readonly buckets: SourceBuckets; readonly memory: Buffer; readonly signal: AbortSignal },
): Promise<FetchedObjects> {
  const objects = new Map<number, Buffer | SourceProblem>();
  const wanted: [number, Wanted][] = [];
  const files = new FileListReader(fileListOf(task));
  let at = 0;
  for (let i = 0; files.next(); i++) {
    if (!files.isObject()) continue;
    const file = files.file();
    const place = objectPlace(file.location!, buckets.addresses);
    if ('reason' in place) {
      objects.set(i, place);
      continue;
    }
    const target = memory.subarray(at, (at += file.sizeBytes));
    wanted.push([i, { file, place, pin: task.pins?.get(i) ?? null, target }]);
  }
  await allOrFirstFault(wanted, signal, async ([i, object], together) => {
    try {
      objects.set(i, await fetchObject(object, buckets, together));
    } catch (error) {
      throw atFile(i, error);
    }
  });
  return objects;
}

function fetchObject(
  { file, place, pin, target }: Wanted,
  buckets: SourceBuckets,
  signal: AbortSignal,
): Promise<Buffer | SourceProblem> {
  return orProblem(() =>
    buckets.read({ ...place, range: null, pin, resumes: false, signal }, async (reader) => {
      const problem = sizeProblem(file, reader);
      if (problem !== undefined) return problem;
      await reader.read(target, 0, file.sizeBytes);
      await reader.finish();
      return target;
    }),
  );
}
