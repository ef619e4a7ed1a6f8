import type { FastifyRequest } from 'fastify';
import { TidemarkError } from '../../base/errors.ts';

/** @throws TidemarkError ERR_HTTP_NOT_ACCEPTABLE when the Accept header takes none of the media types. */
export function requireAcceptable(request: FastifyRequest, mediaTypes: readonly string[]): void {
  if (request.accepts().type([...mediaTypes]) !== false) return;
  throw new TidemarkError('ERR_HTTP_NOT_ACCEPTABLE', {
    detail: `this is served as ${mediaTypes.join(' or ')}`,
  });
}
