import { jsonMembers } from './json-members.ts';
import type { Slice } from './json-members.ts';
import { UnfitRecord } from './unfit-record.ts';

export interface Envelope {
  readonly members: Map<string, Slice>;
  /** What a converter with `schemas.enable` writes beside the payload. */
  readonly schema: Slice | undefined;
}

/**
 * The members that matter, inside of `payload` where there is one.
 *
 * @throws UnfitRecord when the value is no JSON object.
 */
export function envelope(value: Buffer): Envelope {
  const outer = jsonMembers(value, { start: 0, end: value.length });
  if (outer === undefined) throw new UnfitRecord('record_invalid', 'the value is no JSON object');
  const payload = outer.get('payload');
  if (payload === undefined || outer.has('op')) return { members: outer, schema: undefined };
  const inner = jsonMembers(value, payload);
  if (inner === undefined) throw new UnfitRecord('record_invalid', 'the payload is no JSON object');
  return { members: inner, schema: outer.get('schema') };
}
