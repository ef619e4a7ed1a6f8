/** What becomes of the uid filters: a part of the event map. */
export interface FilterEvents {
  /** A filter of the uids of one day and partition stands beside the manifests that it covers. */
  'filter:stored': FilterPlace & {
    readonly name: string;
    readonly manifests: number;
    readonly uids: number;
    readonly bytes: number;
    readonly durationMs: number;
  };
  /** A day stays without its filter for now; it is tried again with the next day that is over, or the next start. */
  'filter:failed': FilterPlace & { readonly reason: string; readonly remedy: string | null };
  /** More days wait for their filters than are remembered; the oldest are left to `tidemark index`. */
  'filter:skipped': { readonly table: string; readonly days: number };
}

interface FilterPlace {
  readonly table: string;
  /** `yyyy/mm/dd` */
  readonly day: string;
}
