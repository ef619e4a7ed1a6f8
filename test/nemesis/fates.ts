/**
 * What a row that the writers make is to become. It stands at the beginning of the row's uid, so that the checker
 * needs nobody's notes: the table alone says what must be where.
 */
export interface Fate {
  /** Null when the row is to be archived, else the reason by which it is rejected. */
  readonly rejectedAs: string | null;
  /**
   * True when no mark may pass the row before it is in the log: it stood in the table before capture began, or
   * `now()` stamped it. The watermark must not pass it before it is durable.
   */
  readonly isOnTime: boolean;
}

const onTime = (rejectedAs: string | null): Fate => ({ rejectedAs, isOnTime: true });

export const FATES = {
  before: onTime(null),
  good: onTime(null),
  bulk: onTime(null),
  late: { rejectedAs: null, isOnTime: false },
  missing: onTime('file_missing'),
  truncated: onTime('file_size_differs'),
  outside: onTime('file_outside_roots'),
  linked: onTime('file_outside_roots'),
  folder: onTime('file_not_regular'),
  fifo: onTime('file_not_regular'),
  nowhere: onTime('file_location_missing'),
  infinite: { rejectedAs: 'created_at_invalid', isOnTime: false },
  ahead: { rejectedAs: 'created_at_far_ahead', isOnTime: false },
} as const satisfies Record<string, Fate>;

export type FateName = keyof typeof FATES;

/** @throws Error for a row that none of our writers made. */
export function fateOf(uid: string): Fate {
  const name = uid.slice(0, uid.indexOf('-'));
  if (!Object.hasOwn(FATES, name)) throw new Error(`${uid} was made by nobody we know`);
  return FATES[name as FateName];
}
