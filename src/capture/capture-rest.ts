import { randomUUID } from 'node:crypto';
import { TidemarkError } from '../base/errors.ts';
import { formatLsn } from '../model/lsn.ts';
import type { BatchWriter } from './batch-writer.ts';
import type { ChangeReader } from './change-reader.ts';
import { encodeEndMessage, END_PREFIX } from './mark-message.ts';
import { withSession } from './postgres-session.ts';
import type { ReplicationStream } from './replication-stream.ts';

export interface CaptureRestOptions {
  readonly url: string;
  readonly slot: string;
  readonly silenceMaxMs: number;
  readonly stream: ReplicationStream;
  readonly reader: ChangeReader;
  readonly writer: BatchWriter;
  /** Rejects when told to stop at once. */
  readonly stopped: Promise<never>;
}

/**
 * Before capture ends for a reason that does not pass (a publication dropped, a table renamed, a column of another
 * type), it commits everything that can still be had: the WAL up to now, or up to the change that cannot be read.
 * Otherwise rows that nothing is wrong with would wait in a slot that the operator may have to drop.
 *
 * @returns the failure, saying how far everything is captured.
 */
export async function captureRest(failure: unknown, options: CaptureRestOptions): Promise<unknown> {
  if (!(failure instanceof TidemarkError) || failure.retryable) return failure;
  const { stream, reader, writer, stopped } = options;
  try {
    if (!stream.isOver) await Promise.race([readToEnd(options), stream.broken, writer.failed, stopped]);
    await Promise.race([writer.drain(), stopped]);
  } catch {
    // The failure itself is what the operator has to know; what is left now comes with the next start.
    return failure;
  }
  const { code, detail, remedy, cause } = failure;
  const captured = formatLsn(reader.position.lsn);
  return new TidemarkError(code, {
    detail: `${detail}; everything up to ${captured} is captured`,
    remedy,
    cause,
  });
}

/** Writes a message into the WAL and waits until it comes out of the slot: all that committed before it has come too. */
async function readToEnd({ url, slot, silenceMaxMs, reader }: CaptureRestOptions): Promise<void> {
  const token = randomUUID();
  const ended = reader.untilEnd(token);
  await withSession({ url, purpose: 'end', answerWithinMs: silenceMaxMs }, (client) =>
    client.query('SELECT pg_logical_emit_message(true, $1, $2)', [
      END_PREFIX,
      encodeEndMessage({ slot, token }),
    ]),
  );
  await ended;
}
