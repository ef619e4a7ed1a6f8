import type { Requirement } from '../model/requirement.ts';

/** @param found.remedy shown only while it is not ok. */
export function requirement(found: {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy: string;
  readonly severity?: Requirement['severity'];
}): Requirement {
  const { name, ok, detail, severity = 'error' } = found;
  return { name, ok, severity, detail, remedy: ok ? null : found.remedy };
}
