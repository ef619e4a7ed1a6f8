/** What `tidemark serve` tells of itself: a part of the event map. */
export interface HttpEvents {
  'http:listening': { readonly url: string };
  /** A request of `tidemark serve` was answered, or its answer broke off. No uid: it may say something of a person. */
  'http:answered': {
    /** The template of its path, or `other`. */
    readonly route: string;
    readonly method: string;
    readonly status: number;
    /** Written to the connection, headers included. */
    readonly bytes: number;
    readonly durationMs: number;
    /** `token …`, the beginning of its digest, or `address …`. */
    readonly caller: string;
    readonly isWhole: boolean;
  };
  /** An answer failed on our side. */
  'http:failed': {
    readonly route: string;
    readonly code: string | null;
    readonly reason: string;
    readonly remedy: string | null;
  };
  'http:tokens-read': { readonly tokens: number };
  /** The changed file of tokens cannot be used; those of before stay. */
  'http:tokens-unusable': { readonly reason: string };
}
