import { micros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';

/** Prefix of our logical messages in the WAL. */
export const MARK_PREFIX = 'tidemark';

/** Prefix of the message that tells how far the stream has been read; see capture-rest.ts. */
export const END_PREFIX = 'tidemark.end';

/** Several captures may run in one database, and one may ask twice. */
export function encodeEndMessage({ slot, token }: { readonly slot: string; readonly token: string }): string {
  return `${slot} ${token}`;
}

/** What travels through the WAL. Several captures may run in one database: each takes its own slot's. */
export interface MarkMessage {
  readonly slot: string;
  readonly time: Micros;
  /** The server's clock when `time` was computed. */
  readonly clock: Micros;
}

export function encodeMarkMessage({ slot, time, clock }: MarkMessage): string {
  return JSON.stringify({ slot, time, clock });
}

/** A slot's name has 63 bytes at most, and each of them six when it is escaped. */
const MARK_MESSAGE_BYTES_MAX = 1_024;

/** @returns undefined when it is none of ours: anybody may emit messages with any prefix. */
export function decodeMarkMessage(prefix: string, content: Buffer): MarkMessage | undefined {
  if (prefix !== MARK_PREFIX || content.length > MARK_MESSAGE_BYTES_MAX) return undefined;
  try {
    const { slot, time, clock } = JSON.parse(content.toString('utf8')) as Record<string, unknown>;
    if (typeof slot !== 'string' || typeof time !== 'number' || typeof clock !== 'number') return undefined;
    return { slot, time: micros(time), clock: micros(clock) };
  } catch {
    // Foreign text under our prefix is not a fault of this capture, and it promises nothing.
    return undefined;
  }
}
