import accepts from '@fastify/accepts';
import Fastify from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Events } from '../../base/event-map.ts';
import { TidemarkError, messageOf, remedyOf } from '../../base/errors.ts';
import { HEALTH_PATHS, addHealthRoutes } from '../health-routes.ts';
import type { HealthRoutesOptions } from '../health-routes.ts';
import { requireAcceptable } from './acceptable.ts';
import type { ApiContext, ApiRoute } from './api-context.ts';
import { refuseUnread } from './client-error.ts';
import { addGuards } from './guards.ts';
import type { GuardOptions } from './guards.ts';
import { problemOf, retryAfterSeconds } from './problem.ts';
import { routablePath } from './uid-path.ts';
import { refuseUnknown } from './unknown-path.ts';

/** Of a uid in hexadecimal: the whole request line is bounded by Node (16 KiB). */
const SEGMENT_CHARACTERS_MAX = 32 * 1_024;
/** A request has no body that anybody would read. */
const BODY_BYTES_MAX = 1_024;
const HEADERS_TIMEOUT_MS = 10_000;
/** Node looks for late requests this often; its own half minute would triple the time above. */
const CHECKING_INTERVAL_MS = 2_000;

export interface ApiAppOptions extends GuardOptions, HealthRoutesOptions {
  readonly events: Events;
  readonly context: Omit<ApiContext, 'onBrokenOff'>;
  readonly routes: readonly ApiRoute[];
  /** A client that takes no byte for so long is let go. */
  readonly idleTimeoutMs: number;
}

/** The routes behind their guards; not listening yet. */
export async function createApiApp(options: ApiAppOptions): Promise<FastifyInstance> {
  const { events, routes } = options;
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    rewriteUrl: (request) => routablePath(request.url ?? '/'),
    routerOptions: { maxParamLength: SEGMENT_CHARACTERS_MAX },
    requestTimeout: HEADERS_TIMEOUT_MS,
    http: { connectionsCheckingInterval: CHECKING_INTERVAL_MS },
    connectionTimeout: options.idleTimeoutMs,
    // A download that runs when the server is drained ends well, and so does a request that comes meanwhile.
    return503OnClosing: false,
    clientErrorHandler: refuseUnread,
  });
  await app.register(accepts);
  tellOfAnswers(app, events);
  letGoWhenClosing(app);
  await addGuards(app, options);
  const unknown = refuseUnknown([...HEALTH_PATHS, ...routes.map(({ template }) => template)]);
  app.addHook('onRequest', async (request, reply) => {
    // Before a body is read, which may be refused for reasons of its own.
    if (request.is404) throw unknown(request, reply);
    return Promise.resolve();
  });
  app.setErrorHandler((error, request, reply) => sendProblem(events, error as FastifyError, request, reply));
  addHealthRoutes(app, options);
  const onBrokenOff = (request: FastifyRequest, error: unknown): void => tell(events, request, error);
  const context = { ...options.context, onBrokenOff };
  for (const route of routes) addRoute(app, route, context);
  return app;
}

function addRoute(app: FastifyInstance, route: ApiRoute, context: ApiContext): void {
  const { template, isOpen = false, produces } = route;
  app.route({
    method: ['GET', 'HEAD'],
    url: template.replace(/\{(\w+)\}/g, ':$1'),
    config: { isOpen, template },
    handler: async (request, reply) => {
      requireAcceptable(request, produces);
      return await route.handle(context, request, reply);
    },
  });
}

/**
 * `http:answered` for everything that was answered or broke off. At the end of the raw answer: Fastify's onResponse never
 * comes for one that its client did not wait for.
 */
function tellOfAnswers(app: FastifyInstance, events: Events): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    const [writtenBefore, began] = [socket.bytesWritten, performance.now()];
    reply.raw.once('close', () =>
      events.emit('http:answered', {
        route: request.routeOptions.config.template ?? 'other',
        method: request.method,
        status: reply.statusCode,
        bytes: socket.bytesWritten - writtenBefore,
        durationMs: performance.now() - began,
        caller: request.caller,
        isWhole: reply.raw.writableFinished,
      }),
    );
    done();
  });
}

/** Node closes what is idle when a server is closed; what becomes idle only then would stay for a minute. */
function letGoWhenClosing(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  app.addHook('onRequest', (_request, reply, done) => {
    reply.raw.once('close', () => {
      if (isClosing) setImmediate(() => app.server.closeIdleConnections());
    });
    done();
  });
}

function sendProblem(
  events: Events,
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const problem = problemOf(error);
  if (problem.status >= 500 && problem.code !== 'ERR_HTTP_BUSY') tell(events, request, error);
  const retryAfter = retryAfterSeconds(problem);
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  void reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .header('x-content-type-options', 'nosniff')
    .type('application/problem+json')
    .send(JSON.stringify(problem));
}

function tell(events: Events, request: FastifyRequest, error: unknown): void {
  events.emit('http:failed', {
    route: request.routeOptions.config.template ?? 'other',
    code: error instanceof TidemarkError ? error.code : null,
    reason: messageOf(error),
    remedy: remedyOf(error),
  });
}
