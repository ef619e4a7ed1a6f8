/** A part that runs until it is told otherwise. One place, the command, owns the signals. */
export interface Stage {
  /** Resolves after `stop` or `drain`; rejects when the part cannot go on. */
  run(): Promise<void>;
  /** Finishes what is under way, commits it, then stops. */
  drain(): Promise<void>;
  /** Stops at once; what was not committed is done again by the next start. */
  stop(): Promise<void>;
}
