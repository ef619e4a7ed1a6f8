import { mkdir, readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { readCommittedWatermarks } from '../committed-watermarks.ts';
import { withClient, writeArchivedUntil } from '../source-table.ts';
import type { World } from '../world.ts';
import { digestOfFile } from './ledgers.ts';
import type { Finding } from './finding.ts';

const WHAT = 'files that a replay of the whole log makes otherwise';
const LOOK_EVERY_MS = 200;
/** Half an hour of faults leaves ten thousand seals to make again: only one that does not get on has failed. */
const STANDSTILL_MS = 120_000;

/**
 * The whole log once more, by one archiver that knows nothing of the first time, into an empty folder: every shard
 * and every manifest must come out with the same name and the same bytes. To be called when all members have left;
 * it takes the group's progress away.
 */
export async function checkReplay(
  world: World,
  options: { readonly beganAtMicros: number; readonly signal: AbortSignal },
): Promise<Finding[]> {
  const replayPath = join(world.folder, 'replay');
  await mkdir(replayPath);
  const configPath = await world.writeConfig({ fileName: 'replay.yaml', sinkPath: replayPath });
  const archiver = world.addMember({ name: 'replay', command: 'archive', configPath });
  const place = { groupId: `${world.name}-archive`, topic: `${world.name}.public.files` };
  const admin = world.kafkaClient().admin();
  await admin.connect();
  try {
    const reached = await readCommittedWatermarks(admin, place);
    await admin.deleteGroups([place.groupId]);
    await withClient(world.postgres.url, (client) => writeArchivedUntil(client, options.beganAtMicros));
    archiver.start();
    let [sum, movedAtMs] = [0, performance.now()];
    for (;;) {
      const again = await readCommittedWatermarks(admin, place);
      const watermarks = [...reached.keys()].map((partition) => again.get(partition)?.watermarkMicros ?? 0);
      const isBehind = [...reached.values()].some(
        ({ watermarkMicros }, i) => watermarks[i]! < watermarkMicros,
      );
      if (!isBehind) break;
      const sumNow = watermarks.reduce((total, watermark) => total + watermark, 0);
      if (sumNow !== sum) [sum, movedAtMs] = [sumNow, performance.now()];
      if (performance.now() > movedAtMs + STANDSTILL_MS)
        return [{ what: WHAT, problems: [`the replay has stood still for ${STANDSTILL_MS / 1_000} s`] }];
      await delay(LOOK_EVERY_MS, undefined, { signal: options.signal });
    }
    await archiver.leave();
  } finally {
    await admin.disconnect();
  }
  const [first, second] = [await digests(world.sinkPath), await digests(replayPath)];
  const problems = [...new Set([...first.keys(), ...second.keys()])]
    .filter((name) => first.get(name) !== second.get(name))
    .map((name) => `${name}: ${first.get(name) ?? 'absent'}, when replayed: ${second.get(name) ?? 'absent'}`);
  return [{ what: WHAT, problems }];
}

async function digests(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => /\.(tar\.zst|manifest\.json)$/.test(name)).sort();
  const found = new Map<string, string>();
  for (const name of files) found.set(name, await digestOfFile(join(folder, name)));
  return found;
}
