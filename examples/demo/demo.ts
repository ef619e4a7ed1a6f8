import { archiveWhileBusy } from './busy-archive.ts';
import { CleanUp } from './clean-up.ts';
import type { DemoOptions } from './demo-options.ts';
import { readBack } from './read-back.ts';
import type { DemoResult } from './result-table.ts';
import { prepareScene } from './scene.ts';
import type { Screen } from './screen.ts';

/**
 * A busy table, archived end to end: rows from before, rows while it runs, a SIGKILL in the middle, and at the end
 * every row read back and compared. Leaves the folder, removes database and topics.
 *
 * @throws Error when a step fails; what merely does not hold stands in the result's `problems`.
 */
export async function runDemo(context: {
  options: DemoOptions;
  screen: Screen;
  signal: AbortSignal;
}): Promise<DemoResult> {
  const began = Date.now();
  const cleanUp = new CleanUp();
  try {
    const scene = await prepareScene({ ...context, cleanUp });
    const busy = await archiveWhileBusy(scene);
    const found = await readBack(scene);
    return { ...found, ...busy, folder: context.options.folder, seconds: (Date.now() - began) / 1_000 };
  } finally {
    await cleanUp.run();
  }
}
