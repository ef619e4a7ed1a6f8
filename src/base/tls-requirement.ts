import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { isLoopback } from './loopback.ts';
import type { Requirement } from '../model/requirement.ts';

/** Time to renew it before somebody is woken up. */
const EXPIRES_SOON_MS = 14 * 24 * 3_600_000;

/**
 * How safe a connection is that came about, as `tidemark check` tells it. Warnings stop nothing.
 *
 * @param found.isVerified that the server is who it should be: certificate and name.
 * @param found.remedy how to switch encryption on, or verification.
 */
export function tlsRequirement(found: {
  readonly name: string;
  readonly socket: Socket;
  readonly host: string;
  readonly isVerified: boolean;
  readonly remedy: string;
  readonly nowMs: number;
}): Requirement {
  const { name, socket, host, isVerified, remedy } = found;
  const about = { name, severity: 'warning' as const };
  if (!(socket instanceof TLSSocket)) {
    const ok = isLocal(host);
    const detail = `not encrypted${ok ? ', on this machine' : ''}`;
    return { ...about, ok, detail, remedy: ok ? null : remedy };
  }
  const protocol = socket.getProtocol() ?? 'TLS';
  if (!isVerified)
    return { ...about, ok: isLocal(host), detail: `${protocol}, but the server is not verified`, remedy };
  const expires = new Date(socket.getPeerCertificate().valid_to);
  const ok = expires.getTime() - found.nowMs > EXPIRES_SOON_MS;
  const day = Number.isNaN(expires.getTime()) ? 'unknown' : expires.toISOString().slice(0, 10);
  const detail = `${protocol}, server verified, its certificate ends on ${day}`;
  return { ...about, ok, detail, remedy: ok ? null : 'renew the certificate of the server' };
}

/** By a socket of the file system, or an address of this machine. */
function isLocal(host: string): boolean {
  return host === '' || host.startsWith('/') || isLoopback(host);
}
