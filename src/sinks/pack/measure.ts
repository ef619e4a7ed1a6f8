import { atFile } from './file-fault.ts';
import { sizeProblem } from './pack-frame.ts';
import type { FileProblem, MeasureTask, PackFile, PackResult } from './pack-task.ts';
import { closeSource, isSourceProblem, openSource } from './source-file.ts';

/** Opens each file as packing would, and tells its size or what is wrong with it. */
export function measureFiles(
  task: MeasureTask,
  context: { readonly roots: readonly string[]; readonly checkCancelled: () => void },
): PackResult {
  const sizes: number[] = [];
  const problems: FileProblem[] = [];
  task.files.forEach((file, i) => {
    context.checkCancelled();
    const source = openMeasured(i, file, context.roots);
    if (isSourceProblem(source)) {
      problems.push({ file: i, ...source });
      sizes.push(0);
      return;
    }
    closeSource(source);
    sizes.push(source.sizeBytes);
    const problem = file.sizeBytes < 0 ? undefined : sizeProblem(file, source);
    if (problem !== undefined) problems.push({ file: i, ...problem });
  });
  return { frames: [], digests: new Uint8Array(0), sizes, stamp: null, problems };
}

function openMeasured(i: number, { location }: PackFile, roots: readonly string[]) {
  try {
    return openSource(location, roots);
  } catch (error) {
    throw atFile(i, error);
  }
}
