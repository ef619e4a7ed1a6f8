import Fastify from 'fastify';
import type { Registry } from 'prom-client';
import { TidemarkError } from '../base/errors.ts';
import type { Health } from './health.ts';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly metrics: Registry;
  readonly health: Health;
}

export interface HttpServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * `/metrics`, `/healthz` and `/readyz`; 503 where the answer is no.
 *
 * @throws TidemarkError ERR_PREREQUISITE when the address is taken.
 */
export async function startHttpServer({
  host,
  port,
  metrics,
  health,
}: HttpServerOptions): Promise<HttpServer> {
  const app = Fastify({ logger: false, bodyLimit: 1_024, forceCloseConnections: true });
  app.get('/metrics', async (_request, reply) => {
    const text = await metrics.metrics();
    return reply.type(metrics.contentType).send(text);
  });
  app.get('/healthz', (_request, reply) => {
    const state = health.alive();
    return reply.code(state.ok ? 200 : 503).send(state);
  });
  app.get('/readyz', (_request, reply) => {
    const state = health.ready();
    return reply.code(state.ok ? 200 : 503).send(state);
  });
  try {
    return { url: await app.listen({ host, port }), close: () => app.close() };
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new TidemarkError('ERR_PREREQUISITE', {
      detail: `metrics cannot be served at ${host}:${port} (${reason})`,
      remedy: 'Give this process another port with --port, or none with --no-serve.',
      cause,
    });
  }
}
