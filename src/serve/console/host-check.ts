import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { TidemarkError } from '../../base/errors.ts';

/**
 * Refuses names that are not ours: a page of somebody else whose name is made to lead to this machine (DNS rebinding)
 * would count as one of ours to the browser. An address cannot be made to lead elsewhere.
 *
 * @throws TidemarkError ERR_CONSOLE_HOST
 */
export function requireKnownHost(request: FastifyRequest, hosts: readonly string[]): void {
  const name = nameIn(request.headers.host ?? '');
  if (name !== undefined && (isIP(name) !== 0 || name === 'localhost' || hosts.includes(name))) return;
  throw new TidemarkError('ERR_CONSOLE_HOST', {
    detail: `the request is for ${JSON.stringify(request.headers.host ?? '')}, and this console does not go by that name`,
  });
}

/**
 * Refuses what a page of another origin sends. Browsers tell the origin of every POST; the token in a header would keep
 * such a page out by itself, this is the second lock.
 *
 * @throws TidemarkError ERR_CONSOLE_ORIGIN
 */
export function requireOwnOrigin(request: FastifyRequest): void {
  const { origin, host = '' } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isOwn = origin !== undefined && [`http://${host}`, `https://${host}`].includes(origin);
  if (isOwn && (site === undefined || site === 'same-origin')) return;
  throw new TidemarkError('ERR_CONSOLE_ORIGIN', {
    detail: `the request comes from ${JSON.stringify(origin ?? '')} and not from the console's own page`,
  });
}

/** Without the port, in lower case, an IPv6 address without its brackets. */
function nameIn(host: string): string | undefined {
  const m = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(host);
  return (m?.[1] ?? m?.[2])?.toLowerCase();
}
