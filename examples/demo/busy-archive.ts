import { setTimeout as delay } from 'node:timers/promises';
import { ArchiveTally } from './archive-tally.ts';
import type { Scene } from './scene.ts';
import { serverClockMicros } from './source-table.ts';
import { readWatermarkMicros } from './status-json.ts';
import { mustRun, TidemarkDaemon } from './tidemark-process.ts';
import { fetchWatermarkAgeSeconds } from './watermark-age.ts';
import { startWriters } from './writers.ts';
import type { WriteCounts, Writers } from './writers.ts';

export interface BusyArchive {
  readonly counts: Readonly<WriteCounts>;
  readonly kills: number;
}

/**
 * The act itself: clients insert, `tidemark run` archives, is killed in the middle and started again; then the
 * clients stop and the archive catches up.
 */
export async function archiveWhileBusy(scene: Scene): Promise<BusyArchive> {
  const { options, screen } = scene;
  const writers = startWriters({ ...scene, ...options });
  scene.cleanUp.add(() => writers.stop());
  const act = new Act(scene, writers);
  screen.say(
    `${options.writers} clients insert; some stay open, some roll back, some are late, some name bad files`,
  );
  act.startArchiver();
  screen.say(`tidemark run: started; watch it at http://127.0.0.1:${scene.servePort}/`);

  await act.watch(options.killAfterSeconds);
  screen.say(`kill -9 ${await act.killArchiver()}: the archiver is dead, the clients go on`);
  await act.watch(options.downSeconds);
  act.startArchiver();
  screen.say('tidemark run: started again');
  await act.watch(Math.max(0, options.writeSeconds - options.killAfterSeconds - options.downSeconds));

  await writers.stop();
  const stoppedAt = await serverClockMicros(scene.databaseUrl);
  screen.say(`the clients stopped after ${writers.counts.committed.toLocaleString('en-US')} rows`);
  await act.watchUntilArchived(stoppedAt);
  await act.stopArchiver();
  screen.say('everything is archived; tidemark run: stopped by SIGTERM');
  return { counts: writers.counts, kills: 1 };
}

/** Who is on the stage at the moment, and the line on the screen that tells of it. */
class Act {
  readonly #scene: Scene;
  readonly #writers: Writers;
  readonly #tally: ArchiveTally;
  #archiver: TidemarkDaemon | undefined;

  constructor(scene: Scene, writers: Writers) {
    this.#scene = scene;
    this.#writers = writers;
    this.#tally = new ArchiveTally(scene.archiveFolder);
    scene.cleanUp.add(() => this.killArchiver());
  }

  startArchiver(): void {
    const { options, logPath } = this.#scene;
    this.#archiver = new TidemarkDaemon({ folder: options.folder, logPath });
  }

  /** @returns its process id. */
  async killArchiver(): Promise<number | undefined> {
    const archiver = this.#archiver;
    this.#archiver = undefined;
    await archiver?.kill();
    return archiver?.pid;
  }

  async stopArchiver(): Promise<void> {
    const status = await this.#archiver?.stop();
    this.#archiver = undefined;
    if (status !== 0)
      throw new Error(`tidemark run ended with ${status} after SIGTERM; see ${this.#scene.logPath}`);
  }

  /** Shows a line a second for so long. */
  async watch(seconds: number): Promise<void> {
    const end = Date.now() + seconds * 1_000;
    while (Date.now() < end) await this.#second();
  }

  /** Shows a line a second until the watermark has passed `target`, as `tidemark status` says. */
  async watchUntilArchived(target: number): Promise<void> {
    const { options, signal } = this.#scene;
    const end = Date.now() + options.catchUpSecondsMax * 1_000;
    for (;;) {
      const status = await mustRun({ args: ['status', '--json'], folder: options.folder, signal });
      if (readWatermarkMicros(status) >= target) return;
      if (Date.now() > end) {
        throw new Error(
          `not archived after ${options.catchUpSecondsMax} s; tidemark status says:\n${status}`,
        );
      }
      await this.#second();
    }
  }

  /** Throws when a client or the archiver fails, or somebody pressed Ctrl-C. */
  async #second(): Promise<void> {
    const { options, screen, servePort, signal, archiveFolder: folder, bucket } = this.#scene;
    await bucket?.download({ suffix: '.manifest.json', folder });
    screen.show({
      rows: options.rowsBefore + this.#writers.counts.committed,
      tally: this.#tally.read(),
      archiver: this.#archiver === undefined ? 'down' : 'up',
      watermarkAgeSeconds: await fetchWatermarkAgeSeconds(servePort),
    });
    const pause = delay(1_000, undefined, { signal });
    const died = this.#archiver?.died ?? pause;
    await Promise.race([pause, died, this.#writers.done.then(() => pause)]);
  }
}
