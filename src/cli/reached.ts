import { TidemarkError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import { protocolTypeOf } from '../log/fencing.ts';
import type { Requirement } from '../model/requirement.ts';
import { explainRefusal } from './explain-refusal.ts';
import { SINK_AVAILABLE } from './inspect-folders.ts';
import { SOURCE_AVAILABLE } from './inspect-roots.ts';

type Server = 'postgres' | 'kafka';

/** A server that is away, a disk that is full; the stages wait for it. What a server refuses does not pass by itself. */
const PASSING: ReadonlySet<string> = new Set(['postgres.reachable', 'kafka.reachable', SINK_AVAILABLE]);

/** @param name of a requirement that is not met. */
export function mayComeBack(name: string): boolean {
  return PASSING.has(name) || name.startsWith(`${SOURCE_AVAILABLE}.`);
}

/**
 * Turns a server that cannot be asked into a requirement that is not met.
 *
 * @param server null for what is on no server.
 * @throws what is neither an outage nor a refusal.
 */
export async function reached(
  server: Server | null,
  inspect: () => Promise<Requirement[]>,
): Promise<Requirement[]> {
  try {
    return await inspect();
  } catch (refused) {
    const error = explainRefusal(refused);
    if (!(error instanceof TidemarkError) || server === null) throw error;
    const name = nameOf(server, error);
    if (name === undefined) throw error;
    return [{ name, ok: false, severity: 'error', detail: error.detail, remedy: error.remedy }];
  }
}

/** What stands behind the name of the server. */
const ASPECTS: Partial<Record<ErrorCode, string>> = {
  ERR_POSTGRES_UNREACHABLE: 'reachable',
  ERR_KAFKA_UNREACHABLE: 'reachable',
  ERR_TLS_REFUSED: 'tls',
  ERR_SECRET_FILE: 'secret',
};

function nameOf(server: Server, error: TidemarkError): string | undefined {
  if (error.code === 'ERR_PREREQUISITE') return `${server}.${isAboutRights(error) ? 'acl' : 'login'}`;
  const aspect = ASPECTS[error.code];
  return aspect === undefined ? undefined : `${server}.${aspect}`;
}

function isAboutRights({ cause }: TidemarkError): boolean {
  return /_AUTHORIZATION_FAILED$/.test(protocolTypeOf(cause) ?? '');
}
