import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogLines } from '../cli/log-lines.ts';
import { readManifests } from '../support/archive-contents.ts';
import { expectExactlyOnce } from '../support/exactly-once.ts';
import { Installation } from '../support/installation.ts';
import { KafkaTool } from '../support/kafka-tool.ts';

type Child = ReturnType<Installation['start']>;

const HOUR_MS = 3_600_000;
const CLOCK_SHIFT = fileURLToPath(new URL('../support/clock-shift.mjs', import.meta.url));

let installation: Installation;

beforeEach(async () => {
  installation = await Installation.create();
  await installation.succeed(['init']);
});

afterEach(() => installation.drop());

/** Starts a command whose wall clock jumps by each of `shiftsMs` in turn. */
function start(command: string, shiftsMs: readonly number[]): { child: Child; log: LogLines } {
  const child = installation.start([command, '--log-level', 'debug'], {
    NODE_OPTIONS: `--import ${CLOCK_SHIFT}`,
    TIDEMARK_TEST_CLOCK: [0, ...shiftsMs].join(','),
  });
  return { child, log: new LogLines(child) };
}

async function jump({ child, log }: { child: Child; log: LogLines }, byMs: number): Promise<void> {
  child.kill('SIGUSR2');
  await log.until(({ msg, byMs: by }) => msg === 'clock shifted' && by === byMs);
}

async function untilArchived({ log }: { log: LogLines }): Promise<void> {
  const time = await installation.serverTime();
  await log.until(({ msg, to }) => msg === 'watermark moved' && String(to) >= time);
}

async function stop({ child }: { child: Child }): Promise<void> {
  child.kill('SIGTERM');
  expect(await once(child, 'exit'), installation.logOf(child)).toEqual([0, null]);
}

/** What each window holds. */
async function windows(): Promise<unknown[]> {
  const manifests = await readManifests(installation.sinkFolder);
  return manifests.map((manifest) => JSON.stringify(manifest)).sort();
}

describe('a process whose clock jumps an hour forwards, an hour backwards and back', () => {
  it('seals the same windows with the same rows as one whose clock is right', async () => {
    const uids: string[] = [];
    const insert = async () => uids.push(...(await installation.insertFiles(20)));
    const shifts = [HOUR_MS, -HOUR_MS, 0];
    const capture = start('capture', shifts);
    const archive = start('archive', shifts);
    await insert();
    await untilArchived(archive);

    for (const process of [capture, archive]) await jump(process, HOUR_MS);
    await insert();
    await untilArchived(archive);

    // Two hours back at once: as a new member of the group, because its heartbeats go by the clock.
    const joinsAgain = archive.log.next(({ msg }) => msg === 'joined the archive group');
    for (const process of [capture, archive]) await jump(process, -HOUR_MS);
    await joinsAgain;
    const waits = archive.log.next(({ msg }) => msg === 'partition waits for its rows to be due');
    await insert();
    await waits;

    for (const process of [capture, archive]) await jump(process, 0);
    await insert();
    await untilArchived(archive);
    await stop(archive);
    await stop(capture);
    await expectExactlyOnce(installation, { uids });

    // The same log once more, by a clock that is right, into an empty archive.
    const sealed = await windows();
    const until = (await installation.archivedUntil()).replace(' ', 'T').slice(0, 19);
    await rename(installation.sinkFolder, `${installation.sinkFolder}.first`);
    const tool = await KafkaTool.connect(installation.kafkaBrokers);
    await tool.admin.deleteGroups([`${installation.name}-archive`]);
    await tool.close();
    await installation.database.query(
      `UPDATE des_archive_config SET archived_until = archived_until - interval '1 hour'`,
    );
    const again = start('archive', []);
    await again.log.until(({ msg, to }) => msg === 'watermark moved' && String(to) >= until);
    await stop(again);
    expect(await windows()).toEqual(sealed);
  });
});
