import { CleanupTable } from './cleanup-table.ts';
import type { CleanupTableOptions } from './cleanup-table.ts';
import type { Stage } from './base/stage.ts';
import { troubleOf } from './base/trouble.ts';
import type { TableConfig } from './config/config.ts';

export interface CleanupStageOptions extends Omit<CleanupTableOptions, 'table'> {
  readonly tables: readonly TableConfig[];
}

/**
 * `tidemark cleanup`: each table by itself. One whose shard is not what was written ends, with nothing of that shard
 * removed, and the others go on.
 */
export class CleanupStage implements Stage {
  readonly #options: CleanupStageOptions;
  readonly #tables: readonly { readonly id: string; readonly cleanup: CleanupTable }[];

  constructor(options: CleanupStageOptions) {
    this.#options = options;
    this.#tables = options.tables.map((table) => ({
      id: table.id,
      cleanup: new CleanupTable({ ...options, table }),
    }));
  }

  /** @throws what has ended the first table that could not go on, once the others have ended. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    await Promise.all(
      this.#tables.map(async ({ id: table, cleanup }) => {
        try {
          await cleanup.run();
        } catch (error) {
          failures.push(error);
          const trouble = troubleOf(error, { isFinal: true });
          this.#options.events.emit('cleanup:stopped', { table, trouble });
        }
      }),
    );
    if (failures.length > 0) throw failures[0];
  }

  async drain(): Promise<void> {
    await Promise.all(this.#tables.map(({ cleanup }) => cleanup.drain()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#tables.map(({ cleanup }) => cleanup.stop()));
  }
}
