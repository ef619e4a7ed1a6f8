import type { SourceBuckets } from '../s3/source-buckets.ts';
import type { SeenObject } from '../s3/source-request.ts';
import { atFile } from './file-fault.ts';
import { isObjectLocation, objectPlace } from './object-place.ts';
import { sizeProblem } from './pack-frame.ts';
import type { FileProblem, MeasureTask, PackFile, PackResult } from './pack-task.ts';
import { allOrFirstFault } from './side-by-side.ts';
import { closeSource, isSourceProblem, openSource } from './source-file.ts';
import { orProblem } from './source-problem.ts';
import type { SourceProblem } from './source-problem.ts';

/** What was seen of the objects among the files of a task. */
type SeenObjects = ReadonlyMap<number, SeenObject | SourceProblem>;

/**
 * Opens each file as packing would, and tells its size or what is wrong with it.
 *
 * @param context.objects what {@link lookAtObjects} found.
 */
export function measureFiles(
  task: MeasureTask,
  context: {
    readonly roots: readonly string[];
    readonly objects: SeenObjects;
    readonly checkCancelled: () => void;
  },
): PackResult {
  const sizes: number[] = [];
  const pins = new Map<number, string>();
  const problems: FileProblem[] = [];
  task.files.forEach((file, i) => {
    context.checkCancelled();
    const found = context.objects.get(i) ?? measureFile(i, file, context.roots);
    if ('reason' in found) {
      problems.push({ file: i, ...found });
      sizes.push(0);
      return;
    }
    if (found.etag !== null) pins.set(i, found.etag);
    sizes.push(found.sizeBytes);
    const problem = file.sizeBytes < 0 ? undefined : sizeProblem(file, found);
    if (problem !== undefined) problems.push({ file: i, ...problem });
  });
  return { frames: [], digests: new Uint8Array(0), sizes, pins, stamp: null, checks: [], problems };
}

/** Looks at those files of a task that are objects, side by side. @throws FileFault; the signal's reason. */
export async function lookAtObjects(
  { files }: MeasureTask,
  { buckets, signal }: { readonly buckets: SourceBuckets; readonly signal: AbortSignal },
): Promise<SeenObjects> {
  const seen = new Map<number, SeenObject | SourceProblem>();
  const objects = [...files.entries()].flatMap(([i, { location }]) =>
    location !== null && isObjectLocation(location) ? [{ i, location }] : [],
  );
  await allOrFirstFault(objects, signal, async ({ i, location }, together) => {
    const place = objectPlace(location, buckets.addresses);
    try {
      seen.set(
        i,
        'reason' in place ? place : await orProblem(() => buckets.look({ ...place, signal: together })),
      );
    } catch (error) {
      throw atFile(i, error);
    }
  });
  return seen;
}

function measureFile(
  i: number,
  { location }: PackFile,
  roots: readonly string[],
): { readonly sizeBytes: number; readonly etag: null } | SourceProblem {
  try {
    const source = openSource(location, roots);
    if (isSourceProblem(source)) return source;
    closeSource(source);
    return { sizeBytes: source.sizeBytes, etag: null };
  } catch (error) {
    throw atFile(i, error);
  }
}
