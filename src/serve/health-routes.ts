import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Health } from './health.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered to anybody, without a token, a limit or a slot: what probes ask. */
    isOpen?: boolean;
    /** The path as logs and metrics name it. */
    template?: string;
  }
}

export interface HealthRoutesOptions {
  readonly metrics: Registry;
  readonly health: Health;
}

export const HEALTH_PATHS = ['/metrics', '/healthz', '/readyz'] as const;

/** `/metrics`, `/healthz` and `/readyz`; 503 where the answer is no. */
export function addHealthRoutes(app: FastifyInstance, { metrics, health }: HealthRoutesOptions): void {
  app.get('/metrics', { config: { template: '/metrics' } }, async (_request, reply) => {
    const text = await metrics.metrics();
    return reply.type(metrics.contentType).send(text);
  });
  app.get('/healthz', { config: { isOpen: true, template: '/healthz' } }, (_request, reply) => {
    const state = health.alive();
    return reply.code(state.ok ? 200 : 503).send(state);
  });
  app.get('/readyz', { config: { isOpen: true, template: '/readyz' } }, (_request, reply) => {
    const state = health.ready();
    return reply.code(state.ok ? 200 : 503).send(state);
  });
}
