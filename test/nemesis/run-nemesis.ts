import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkArchive } from './check-archive.ts';
import type { Checked } from './check-archive.ts';
import type { SinkKind } from './command-line.ts';
import type { Fault } from './fault.ts';
import type { Ending } from './member.ts';
import { performAct } from './perform-act.ts';
import { prepareArchive } from './prepare-archive.ts';
import { startProgress } from './progress.ts';
import { actsOf, computeSchedule } from './schedule.ts';
import type { Step } from './schedule.ts';
import { readServerClock, withClient } from './source-table.ts';
import { verdictText } from './verdict-text.ts';
import type { Verdict } from './verdict-text.ts';
import { Watcher } from './watcher.ts';
import { openWorld } from './world.ts';
import type { World } from './world.ts';
import { startWriters } from './writers.ts';

export interface NemesisOptions {
  readonly seed: number;
  /** How long faults happen; starting, finishing and checking come on top. */
  readonly durationMs: number;
  readonly faults: readonly Fault[];
  /** Default: disk. */
  readonly sink?: SinkKind;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A run that ended in an error of its own, or found something: where to look. */
export class NemesisFailed extends Error {
  readonly folder: string;

  constructor(folder: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.folder = folder;
  }
}

const WRITERS = 5;

/**
 * Archives a busy table while faults happen, waits until everything written is archived, and checks it all.
 *
 * @throws NemesisFailed when something was found, or when it could not get to its end; logs and folders are kept then.
 */
export async function runNemesis(options: NemesisOptions): Promise<Verdict> {
  const startedMs = performance.now();
  const { say } = options;
  const steps = computeSchedule(options);
  say(`seed ${options.seed}: ${steps.length} faults in ${Math.round(options.durationMs / 1_000)} s`);
  const isBucket = options.sink === 's3';
  const world = await openWorld({
    isBucket,
    mountsSink: !isBucket && steps.some(({ fault }) => fault.targets.includes('sink')),
    onEnding: (ending) => sayEnding(ending, say),
    say,
  });
  try {
    const checked = await perform(world, steps, options);
    const verdict = { ...checked, seconds: (performance.now() - startedMs) / 1_000 };
    // Every line of it, the zeros too, also when there are findings.
    say(`\n${verdictText(verdict)}`);
    if (verdict.findings.some(({ problems }) => problems.length > 0)) throw new Findings(verdict);
    await world.close();
    await rm(world.folder, { recursive: true, force: true });
    return verdict;
  } catch (error) {
    // A mounted sink goes with its mount.
    if (world.sink !== null) await cp(world.sinkPath, join(world.folder, 'sink-kept'), { recursive: true });
    await world.close();
    throw new NemesisFailed(world.folder, error);
  }
}

async function perform(
  world: World,
  steps: readonly Step[],
  { seed, say, signal }: NemesisOptions,
): Promise<Omit<Verdict, 'seconds'>> {
  const { beganAtMicros } = await prepareArchive(world);
  const watcher = new Watcher(world);
  const writers = startWriters({
    postgresUrl: world.postgres.url,
    sourceFolder: world.sourceFolder,
    writers: WRITERS,
    seed,
  });
  const progress = startProgress({ writers, watcher, world, say });
  try {
    watcher.start();
    // The snapshot is interrupted before its first page and after its second.
    world.captures[0]!.start('snapshot:leg-opened=kill');
    world.captures[1]!.start('snapshot:page-sent=kill@2');
    for (const member of world.archives) member.start();
    await untilCaughtUp(world, watcher, signal);
    for (const act of actsOf(steps)) {
      await performAct(world, act, { ...progress, signal });
      progress.say('nothing is broken now; the archive has to catch up');
      await untilCaughtUp(world, watcher, signal);
    }
    await writers.stop();
    progress.say('the writers have stopped');
    await untilCaughtUp(world, watcher, signal);
    await Promise.all([...world.captures, ...world.archives].map((member) => member.leave()));
    await watcher.stop();
  } finally {
    progress.end();
    await Promise.allSettled([writers.stop(), watcher.stop()]);
  }
  say('everything is archived; the checker reads it back');
  const endings = world.endings.length;
  const checked = await checkArchive(world, { watcher, beganAtMicros, signal });
  const { looks, rowsChecked: rowsWatched } = watcher;
  return { ...checked, faults: steps.length, endings, looks, rowsWatched };
}

/** Waits until everything that is in the table now is archived. */
async function untilCaughtUp(world: World, watcher: Watcher, signal: AbortSignal): Promise<void> {
  await watcher.untilArchived(await withClient(world.postgres.url, readServerClock), signal);
}

/** The checker has found something. */
class Findings extends Error {
  constructor({ findings }: Checked) {
    super(findings.flatMap(describeFinding).join('\n'));
  }
}

const SHOWN_MAX = 20;

function describeFinding({ what, problems }: Checked['findings'][number]): string[] {
  if (problems.length === 0) return [];
  const more = problems.length > SHOWN_MAX ? [`  … and ${problems.length - SHOWN_MAX} more`] : [];
  const shown = problems.slice(0, SHOWN_MAX).map((problem) => `  ${problem}`);
  return [`${what}: ${problems.length}`, ...shown, ...more];
}

function sayEnding({ member, status, signal, asked, failpoint }: Ending, say: (line: string) => void): void {
  if (asked === 'kill' || (asked === 'drain' && status === 0)) return;
  const at = failpoint === null ? '' : ` (${failpoint})`;
  say(`    ${member} ended: ${signal ?? `status ${status}`}${at}`);
}
