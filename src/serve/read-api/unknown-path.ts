import type { FastifyReply, FastifyRequest } from 'fastify';
import { TidemarkError } from '../../base/errors.ts';
import { UNREADABLE_PATH } from './uid-path.ts';

const ALLOWED = 'GET, HEAD';

/** What a request gets for which there is no route: 405 where another method would have had one, else 404. */
export function refuseUnknown(templates: readonly string[]) {
  const paths = templates.map(
    (template) => new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`, 's'),
  );
  return (request: FastifyRequest, reply: FastifyReply): TidemarkError => {
    const path = (request.raw.url ?? '').replace(/\?.*$/s, '');
    if (path === UNREADABLE_PATH)
      return new TidemarkError('ERR_HTTP_REQUEST', { detail: 'the percent-encoding of the path is broken' });
    if (!paths.some((pattern) => pattern.test(path)))
      return new TidemarkError('ERR_HTTP_NOT_FOUND', { detail: 'there is no such path' });
    reply.header('allow', ALLOWED);
    return new TidemarkError('ERR_HTTP_METHOD', { detail: `${request.method} is not allowed here` });
  };
}
