import { summarizeArchive } from './archive-summary.ts';
import { compareWithTable } from './compare.ts';
import type { DemoResult } from './result-table.ts';
import type { Scene } from './scene.ts';
import { countRowsWithTar } from './second-reader.ts';
import { countUpdates, readFilesTable } from './source-table.ts';
import { mustRun, runTidemark } from './tidemark-process.ts';

/** Reads everything back with the ordinary commands and holds it against the table. */
export async function readBack(
  scene: Scene,
): Promise<Pick<DemoResult, 'comparison' | 'archive' | 'updates' | 'problems'>> {
  const { screen, signal, archiveFolder, extractedFolder, sourceFolder } = scene;
  const folder = scene.options.folder;
  const problems: string[] = [];

  const listed = await mustRun({ args: ['ls'], folder, signal });
  screen.say(`tidemark ls: ${listed.trimEnd().split('\n').length.toLocaleString('en-US')} lines`);

  const verified = await runTidemark({ args: ['verify'], folder, signal });
  if (verified.status === 0) screen.say('tidemark verify: every digest of every shard holds');
  else problems.push(`tidemark verify ended with ${verified.status}: ${verified.stdout}${verified.stderr}`);

  await mustRun({ args: ['extract', '--output', extractedFolder], folder, signal });
  screen.say('tidemark extract: every shard unpacked');

  if (scene.bucket !== null) {
    const count = await scene.bucket.download({ suffix: '', folder: archiveFolder });
    screen.say(`downloaded without Tidemark: ${count.toLocaleString('en-US')} more objects of the bucket`);
  }
  const archive = summarizeArchive(archiveFolder);
  const comparison = await compareWithTable({
    table: readFilesTable(scene.databaseUrl),
    extractedFolder,
    archive,
    sourceFolder,
  });
  problems.push(...comparison.problems);
  screen.say('compared with the table, row by row and byte by byte');

  let rowsByTar = 0;
  for (const shard of archive.shards) rowsByTar += await countRowsWithTar({ archiveFolder, shard });
  if (rowsByTar === comparison.archived) screen.say('tar alone finds the same number of rows');
  else problems.push(`tar finds ${rowsByTar} rows, the table has ${comparison.archived} to archive`);

  const updates = await countUpdates(scene.databaseUrl);
  if (updates.files !== 0) problems.push(`the table's rows were updated ${updates.files} times`);
  return { comparison, archive, updates, problems };
}
