/** What an action did, in the words that its command prints. */
export interface ActionResult {
  readonly lines: readonly string[];
  /** False where the command would end with status 1. */
  readonly ok: boolean;
}

/** The functions of `tidemark rejects --retry` and `replay`, and the pause of a table in this process. */
export interface ConsoleActions {
  /** Sends every open reject of the table once more. */
  readonly retryRejects: (table: string) => Promise<ActionResult>;
  readonly replay: (options: {
    readonly table: string;
    /** A time within the window. */
    readonly window: string;
    readonly restore: boolean;
  }) => Promise<ActionResult>;
  /** Null where the process does not archive. */
  readonly pause: ((options: { readonly table: string; readonly isPaused: boolean }) => ActionResult) | null;
}
