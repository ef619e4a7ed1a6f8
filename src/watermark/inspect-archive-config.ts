import type { ClientBase } from 'pg';
import type { Requirement } from '../model/requirement.ts';
import { findArchiveConfig } from './archive-config.ts';
import type { ArchiveConfigKey } from './archive-config.ts';
import { formatMicros } from '../model/micros.ts';

/**
 * What the stages need of `des_archive_config`: the table, a row for each archived table, and the right to read it;
 * the archive also the right to move it. Never throws for what is merely missing.
 */
export async function inspectArchiveConfig(
  client: ClientBase,
  options: { readonly keys: readonly ArchiveConfigKey[]; readonly mustMove: boolean },
): Promise<Requirement[]> {
  const { keys, mustMove } = options;
  const { rows } = await client.query<{
    present: boolean;
    role: string;
    readable: boolean;
    movable: boolean;
  }>(
    `SELECT to_regclass('des_archive_config') IS NOT NULL AS present, current_user AS role,
            coalesce(has_table_privilege(to_regclass('des_archive_config'), 'SELECT'), false) AS readable,
            coalesce(has_table_privilege(to_regclass('des_archive_config'), 'UPDATE'), false) AS movable`,
  );
  const { present, role, readable, movable } = rows[0]!;
  const grant = `GRANT SELECT${mustMove ? ', UPDATE' : ''} ON des_archive_config TO ${client.escapeIdentifier(role)};`;
  const rights = requirement('postgres.des_archive_config', {
    ok: present && readable && (movable || !mustMove),
    detail: !present
      ? 'the table does not exist'
      : `role ${role} may ${readable ? '' : 'not '}read and ${movable ? '' : 'not '}move it`,
    remedy: present ? grant : 'tidemark init',
  });
  if (!present || !readable) return [rights];
  const found: Requirement[] = [rights];
  for (const key of keys) {
    const row = await findArchiveConfig(client, key);
    found.push(
      requirement(`postgres.des_archive_config.${key.table}`, {
        ok: row !== null,
        detail: row === null ? 'the table has no row' : `archived until ${formatMicros(row.archivedUntil)}`,
        remedy: 'tidemark init',
      }),
    );
  }
  return found;
}

function requirement(name: string, found: { ok: boolean; detail: string; remedy: string }): Requirement {
  return {
    name,
    ok: found.ok,
    severity: 'error',
    detail: found.detail,
    remedy: found.ok ? null : found.remedy,
  };
}
