import { runCommand } from './run-command.ts';
import { placeFile } from './source-files.ts';
import { createSourceTable, insertRow, readArchivedUntil, withClient } from './source-table.ts';
import type { World } from './world.ts';

/** Three pages of the snapshot, so that it can be interrupted between them. */
const ROWS_BEFORE = 600;

/**
 * The table with rows from before, and `tidemark init`.
 *
 * @returns where archiving begins.
 */
export async function prepareArchive(world: World): Promise<{ beganAtMicros: number }> {
  return withClient(world.postgres.url, async (client) => {
    await createSourceTable(client);
    await client.query('BEGIN');
    for (let i = 0; i < ROWS_BEFORE; i++) {
      const uid = `before-0-${i}`;
      const file = await placeFile({ folder: world.sourceFolder, uid, fate: 'before' });
      await insertRow(client, { uid, ...file, createdAt: `now() - interval '${ROWS_BEFORE - i} s' / 30` });
    }
    await client.query('COMMIT');
    const { status, output } = await runCommand(world, ['init']);
    if (status !== 0) throw new Error(`tidemark init ended with ${status}: ${output}`);
    return { beganAtMicros: await readArchivedUntil(client) };
  });
}
