/** One thing that the commands need, as `tidemark check` lists it. */
export interface Requirement {
  /** Short and stable, for example `postgres.wal_level` or `topic.tidemark.public.files.retention`. */
  readonly name: string;
  readonly ok: boolean;
  /** A warning does not stop anything. */
  readonly severity: 'error' | 'warning';
  /** What was found. */
  readonly detail: string;
  /** The exact command or change that mends it; null when it is ok. */
  readonly remedy: string | null;
}

/** True of what stops the commands: a warning does not. */
export function isUnmet({ ok, severity }: Requirement): boolean {
  return !ok && severity === 'error';
}
