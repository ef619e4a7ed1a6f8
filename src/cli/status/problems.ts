import { TidemarkError } from '../../base/errors.ts';
import type { Config } from '../../config/config.ts';
import { explainRefusal } from '../explain-refusal.ts';
import type { ProblemReport, StatusReport } from './status-report.ts';

/** What could not be read, each once: one server is asked by several readers. */
export class Problems {
  readonly #found: ProblemReport[] = [];

  get found(): readonly ProblemReport[] {
    return this.#found;
  }

  /** @returns null when it could not be read. Anything but a deliberate failure is a bug and passes. */
  async attempt<T>(read: () => Promise<T>): Promise<T | null> {
    try {
      return await read();
    } catch (refused) {
      const error = explainRefusal(refused);
      if (!(error instanceof TidemarkError)) throw error;
      const { code, detail, remedy } = error;
      this.#add({ code, detail, remedy });
      return null;
    }
  }

  addMissingRows(
    { tables }: Config,
    rows: { has(table: string): boolean },
    by: StatusReport['archivedBy'],
  ): void {
    const remedy = by === 'stream' ? 'Run `tidemark init`.' : 'Run `tidemark init --batch`.';
    for (const { id } of tables) {
      if (rows.has(id)) continue;
      this.#add({ code: 'ERR_PREREQUISITE', detail: `${id} has no row in des_archive_config`, remedy });
    }
  }

  #add(problem: ProblemReport): void {
    const isKnown = this.#found.some(
      ({ code, detail }) => code === problem.code && reasonIn(detail) === reasonIn(problem.detail),
    );
    if (!isKnown) this.#found.push(problem);
  }
}

/** `connect: no such host` and `connect for status: no such host`; `missing: T` and `there is no topic T`. */
function reasonIn(detail: string): string {
  return detail.replace(/^(connect[\w ]*: |missing: |there is no topic )/, '');
}
