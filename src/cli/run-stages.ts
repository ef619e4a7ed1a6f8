import type { Logger } from 'pino';
import type { Stage } from '../base/stage.ts';
import type { Health, Part } from '../serve/health.ts';
import { onSignals } from './signals.ts';

export interface RunStagesOptions {
  readonly stages: ReadonlyMap<Part, Stage>;
  readonly health: Health;
  readonly logger: Logger;
}

/**
 * Runs the stages until a signal or a failure ends them. The first signal drains all, the second stops all; when
 * one fails the others are drained, and its error is thrown once they have ended.
 */
export async function runStages({ stages, health, logger }: RunStagesOptions): Promise<void> {
  const parts = [...stages.values()];
  const failures: unknown[] = [];
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
      end('stop');
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
    release();
  }
  if (failures.length > 0) throw failures[0];
}
