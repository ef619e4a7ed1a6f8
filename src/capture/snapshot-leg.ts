import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { TidemarkError } from '../base/errors.ts';
import { parseLsn } from '../model/lsn.ts';
import type { Lsn } from '../model/lsn.ts';
import { namingBlockers } from './snapshot-blockers.ts';
import type { Blocker } from './snapshot-blockers.ts';
import { postgresFailure } from './postgres-failure.ts';
import { endSession } from './end-session.ts';
import { connectPostgres, quoteLiteral } from './postgres-session.ts';
import { whileAnswering } from './silence.ts';
import type { SilenceOptions } from './silence.ts';

/** A read transaction that sees exactly what had committed before `consistentLsn`. The caller ends the client. */
export interface OpenLeg {
  readonly consistentLsn: Lsn;
  readonly client: pg.Client;
}

export interface OpenLegOptions extends SilenceOptions {
  /** Ends the waiting, with a rejection. */
  readonly signal: AbortSignal;
  readonly onWaiting: (blocker: Blocker) => void;
}

/**
 * Makes a temporary slot for the sake of its exported snapshot, imports that into a session, and drops the slot.
 *
 * It needs one free slot and walsender for a moment, and waits for the writing transactions that are open.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE.
 */
export async function openLeg({ url, silenceMaxMs, signal, onWaiting }: OpenLegOptions): Promise<OpenLeg> {
  const exporter = await connectPostgres({ url, purpose: 'snapshot-export', replication: true });
  let reader: pg.Client | undefined;
  // Cuts the connection, and with it the query that waits.
  const giveUp = () => void endSession(exporter);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    signal.throwIfAborted();
    const made = await namingBlockers(
      { url, onWaiting },
      whileAnswering(exporter, { url, silenceMaxMs }, () => exportSnapshot(exporter)),
    );
    const { consistent_point, snapshot_name } = made.rows[0]!;
    reader = await connectPostgres({ url, purpose: 'snapshot', answerWithinMs: null });
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await reader.query(`SET TRANSACTION SNAPSHOT ${quoteLiteral(snapshot_name)}`);
    return { consistentLsn: parseLsn(consistent_point), client: reader };
  } catch (cause) {
    if (reader !== undefined) await endSession(reader);
    throw legFailure(cause);
  } finally {
    signal.removeEventListener('abort', giveUp);
    await endSession(exporter);
  }
}

function exportSnapshot(exporter: pg.Client) {
  const slot = `tidemark_leg_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  return exporter.query<{ consistent_point: string; snapshot_name: string }>(
    `CREATE_REPLICATION_SLOT ${slot} TEMPORARY LOGICAL pgoutput (SNAPSHOT 'export')`,
  );
}

/** 53400: every slot is in use. It may pass, but an operator should know what is short. */
function legFailure(cause: unknown): TidemarkError {
  const failure = postgresFailure('open a snapshot', cause);
  if ((cause as { code?: unknown }).code !== '53400') return failure;
  return new TidemarkError('ERR_POSTGRES_UNREACHABLE', {
    detail: 'no replication slot is free for the snapshot',
    remedy: 'Raise max_replication_slots (and max_wal_senders) by one and restart Postgres.',
    cause,
  });
}
