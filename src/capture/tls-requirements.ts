import { parsePostgresAddress } from '../base/postgres-address.ts';
import { tlsRequirement } from '../base/tls-requirement.ts';
import type { Requirement } from '../model/requirement.ts';
import { withSession } from './postgres-session.ts';
import { socketOf } from './session-socket.ts';

/**
 * How safe the way to Postgres is.
 *
 * @throws TidemarkError as {@link withSession} has it.
 */
export async function inspectPostgresTls(url: string): Promise<Requirement[]> {
  const address = parsePostgresAddress(url);
  const [host, mode] = 'problem' in address ? ['', undefined] : [address.host ?? '', address.tls?.mode];
  return withSession({ url, purpose: 'check' }, (client) =>
    Promise.resolve([
      tlsRequirement({
        name: 'postgres.tls',
        socket: socketOf(client),
        host,
        isVerified: mode === 'verify-full' || mode === 'verify-ca',
        remedy: 'say sslmode=verify-full and sslrootcert=… in postgres.url',
        nowMs: Date.now(),
      }),
    ]),
  );
}
