import type { FastifyInstance } from 'fastify';
import { TidemarkError } from '../base/errors.ts';

/**
 * Begins to listen.
 *
 * @param options.what is served there, and `remedy` another way when the address cannot be had.
 * @returns the URL.
 * @throws TidemarkError ERR_PREREQUISITE when the address is taken.
 */
export async function listen(
  app: FastifyInstance,
  options: { readonly host: string; readonly port: number; readonly what: string; readonly remedy: string },
): Promise<string> {
  const { host, port, what, remedy } = options;
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new TidemarkError('ERR_PREREQUISITE', {
      detail: `${what} cannot be served at ${host}:${port} (${reason})`,
      remedy,
      cause,
    });
  }
}
