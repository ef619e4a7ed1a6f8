import { TidemarkError } from '../base/errors.ts';
import { micros } from '../model/micros.ts';
import { offset } from '../model/offset.ts';
import type { EarlyWindow, Progress } from '../model/progress.ts';
import { isWrittenInteger } from './is-written-integer.ts';

const VERSION = 1;

/** The metadata of a committed offset as text: compact JSON, well below Kafka's limit of 4,096 bytes. */
export function encodeProgress(progress: Progress): string {
  return JSON.stringify({
    v: VERSION,
    watermark: progress.watermark,
    position: progress.position,
    epoch: progress.epoch,
    rows: progress.rowsSealed,
    ...(progress.early.length === 0
      ? {}
      : { early: progress.early.map((window) => [window.end, window.position, window.parts]) }),
    ...(progress.earlySizeMicros === undefined ? {} : { size: progress.earlySizeMicros }),
    ...(progress.regatherUntil === undefined ? {} : { again: progress.regatherUntil }),
    ...(progress.sealedUntil === undefined ? {} : { sealed: progress.sealedUntil }),
    ...(progress.audit === null ? {} : { audit: [progress.audit.sequence, progress.audit.rows] }),
  });
}

/**
 * @param committed the offset and metadata as the group has them.
 * @throws TidemarkError ERR_METADATA_INVALID when the metadata was not written by {@link encodeProgress}.
 */
export function decodeProgress(committed: { offset: string; metadata: string | null }): Progress {
  try {
    return parseProgress(committed);
  } catch (cause) {
    throw new TidemarkError('ERR_METADATA_INVALID', {
      detail: `the group's offset ${committed.offset} has metadata that is not ours (${cause instanceof Error ? cause.message : 'unreadable'})`,
      cause,
    });
  }
}

function parseProgress(committed: { offset: string; metadata: string | null }): Progress {
  if (committed.metadata === null || committed.metadata === '') throw new SyntaxError('it is empty');
  const fields = JSON.parse(committed.metadata) as Record<string, unknown>;
  if (typeof fields !== 'object' || fields === null) throw new SyntaxError('it is no object');
  if (fields['v'] !== VERSION) throw new SyntaxError(`its version is not ${VERSION}`);
  const position = offset(integer(fields, 'position'));
  const start = offset(committed.offset);
  if (start > position) throw new SyntaxError('its position lies before the offset');
  return {
    offset: start,
    watermark: micros(integer(fields, 'watermark')),
    position,
    epoch: integer(fields, 'epoch'),
    rowsSealed: integer(fields, 'rows'),
    early: pairs(fields['early'], 3).map(([end, at, parts]): EarlyWindow => ({
      end: micros(end!),
      position: offset(at!),
      parts: parts!,
    })),
    ...(fields['size'] === undefined ? {} : { earlySizeMicros: integer(fields, 'size') }),
    ...(fields['again'] === undefined ? {} : { regatherUntil: micros(integer(fields, 'again')) }),
    ...(fields['sealed'] === undefined ? {} : { sealedUntil: micros(integer(fields, 'sealed')) }),
    audit: parseAudit(fields['audit']),
  };
}

function parseAudit(value: unknown): Progress['audit'] {
  if (value === undefined) return null;
  const [audit] = pairs([value], 2);
  return { sequence: audit![0]!, rows: audit![1]! };
}

function integer(fields: Record<string, unknown>, key: string): number {
  const value = fields[key];
  if (!isWrittenInteger(value)) throw new SyntaxError(`${key} is no integer`);
  return value;
}

function pairs(value: unknown, width: number): number[][] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new SyntaxError('a list was expected');
  for (const item of value as unknown[]) {
    if (!Array.isArray(item) || item.length !== width || !item.every(isWrittenInteger)) {
      throw new SyntaxError(`a list of ${width} integers was expected`);
    }
  }
  return value as number[][];
}
