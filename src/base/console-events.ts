/** What the console tells of itself: a part of the event map. */
export interface ConsoleEvents {
  /** Somebody with a token did something. */
  'console:acted': {
    readonly action: string;
    readonly table: string;
    /** `token …`, the beginning of its digest. */
    readonly caller: string;
    readonly isDone: boolean;
  };
  /** The archiving of a table in this process waits until somebody lets it go on. */
  'table:paused': { readonly table: string };
  'table:resumed': { readonly table: string };
}
