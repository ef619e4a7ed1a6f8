import type { Logger } from 'pino';
import type { Stage } from '../base/stage.ts';
import type { Health, Part } from '../serve/health.ts';
import { onSignals } from './signals.ts';

export interface RunStagesOptions {
  readonly stages: ReadonlyMap<Part, Stage>;
  readonly health: Health;
  readonly logger: Logger;
  /** Ends the process when a stage does not even stop. */
  readonly exit?: (status: 1) => void;
}

/** What a stage has to let go of when it is stopped; whatever hangs for longer is left to the next start. */
const STOP_GRACE_MS = 3_000;

/**
 * Runs the stages until a signal or a failure ends them. The first signal drains all, the second stops all, and ends
 * the process when that takes more than moments; when one fails the others are drained, and its error is thrown once
 * they have ended.
 *
 * @returns how they ended when none failed.
 */
export async function runStages({
  stages,
  health,
  logger,
  exit = (status) => process.exit(status),
}: RunStagesOptions): Promise<'drained' | 'stopped'> {
  const parts = [...stages.values()];
  const failures: unknown[] = [];
  let outcome: 'drained' | 'stopped' = 'drained';
  let grace: NodeJS.Timeout | undefined;
  const end = (how: 'drain' | 'stop'): void => {
    for (const stage of parts) {
      stage[how]().catch((error: unknown) => {
        failures.push(error);
      });
    }
  };
  const release = onSignals({
    drain: (signal) => {
      logger.info({ signal }, 'draining, a second signal stops at once');
      end('drain');
    },
    stop: (signal) => {
      logger.warn({ signal }, 'stopping at once');
      outcome = 'stopped';
      end('stop');
      grace ??= setTimeout(() => exit(1), STOP_GRACE_MS);
    },
  });
  try {
    await Promise.all(
      [...stages].map(async ([part, stage]) => {
        try {
          await stage.run();
        } catch (error) {
          failures.push(error);
          end('drain');
        } finally {
          health.noteEnded(part);
        }
      }),
    );
  } finally {
    clearTimeout(grace);
    release();
  }
  // A stage that is torn away in the middle may complain; that is what was asked for.
  if (failures.length > 0 && outcome === 'drained') throw failures[0];
  return outcome;
}
