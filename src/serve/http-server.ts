import Fastify from 'fastify';
import { addHealthRoutes } from './health-routes.ts';
import type { HealthRoutesOptions } from './health-routes.ts';
import type { ConsoleService } from './console/console-service.ts';
import { listen } from './listen.ts';

export interface HttpServerOptions extends HealthRoutesOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Undefined: no console. */
  readonly console?: ConsoleService | undefined;
}

export interface HttpServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * `/metrics`, `/healthz`, `/readyz` and, where there is one, the console of a long-running part.
 *
 * @throws TidemarkError ERR_PREREQUISITE when the address is taken.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host, port, console, ...routes } = options;
  const app = Fastify({ logger: false, bodyLimit: 1_024, forceCloseConnections: true });
  addHealthRoutes(app, routes);
  console?.addTo(app);
  const remedy = 'Give this process another port with --port, or none with --no-serve.';
  const url = await listen(app, { host, port, what: 'metrics', remedy });
  return { url, close: () => app.close() };
}
