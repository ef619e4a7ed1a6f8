import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { messageOf, remedyOf, TidemarkError } from '../../base/errors.ts';
import { problemOf, retryAfterSeconds } from '../read-api/problem.ts';
import { addActionRoutes } from './action-routes.ts';
import type { ActionRoutesOptions } from './action-routes.ts';
import { Collector } from './collector.ts';
import type { CollectorOptions } from './collector.ts';
import { requireKnownHost } from './host-check.ts';
import { readPageFiles } from './page-files.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { Viewers } from './viewers.ts';

export interface ConsoleServiceOptions
  extends Omit<ActionRoutesOptions, 'tables'>, Omit<CollectorOptions, 'onState' | 'onFailure'> {
  /** Names besides addresses and `localhost` by which browsers come. */
  readonly hosts: readonly string[];
  readonly viewersMax?: number;
  readonly beatMs?: number;
}

/** Each has a connection of its own; a team that looks at one incident is smaller. */
const VIEWERS_MAX = 32;

/** The page, its events and its actions, to be put into a server. */
export class ConsoleService {
  readonly #options: ConsoleServiceOptions;
  readonly #collector: Collector;
  readonly #viewers: Viewers;

  constructor(options: ConsoleServiceOptions) {
    this.#options = options;
    const { viewersMax = VIEWERS_MAX, beatMs } = options;
    this.#collector = new Collector({
      ...options,
      onState: (state) => this.#viewers.show(state),
      onFailure: (error) => this.#tell('/console/events', error),
    });
    this.#viewers = new Viewers({
      viewersMax,
      ...(beatMs === undefined ? {} : { beatMs }),
      state: () => this.#collector.state(),
      onFirst: () => this.#collector.begin(),
      onLast: () => this.#collector.end(),
    });
  }

  /** For tests: nobody is asked while nobody looks. */
  get isCollecting(): boolean {
    return this.#collector.isCollecting;
  }

  addTo(app: FastifyInstance): void {
    const { hosts, identity } = this.#options;
    void app.register((scope, _options, done) => {
      scope.addHook('onRequest', async (request, reply) => {
        reply.headers({ ...SECURITY_HEADERS, 'cache-control': 'no-store' });
        requireKnownHost(request, hosts);
        return Promise.resolve();
      });
      scope.setErrorHandler((error, request, reply) => this.#sendProblem(error, request, reply));
      scope.get('/', (_request, reply) => reply.redirect('/console/'));
      scope.get('/console', (_request, reply) => reply.redirect('/console/'));
      scope.get('/console/events', (request, reply) => this.#openEvents(request, reply));
      scope.get('/console/state', () => this.#collector.state());
      addPage(scope);
      addActionRoutes(scope, { ...this.#options, tables: identity.tables.map(({ id }) => id) });
      done();
    });
    app.addHook('preClose', (done) => {
      this.close();
      done();
    });
  }

  close(): void {
    this.#viewers.close();
    this.#collector.end();
    this.#options.gathered?.end();
  }

  #openEvents(request: FastifyRequest, reply: FastifyReply): void {
    if (this.#viewers.isFull)
      throw new TidemarkError('ERR_CONSOLE_FULL', { detail: `${this.#viewers.count} pages are open` });
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      // Proxies that gather answers would hold the events back.
      'x-accel-buffering': 'no',
    });
    const id = request.headers['last-event-id'];
    this.#viewers.add(reply.raw, typeof id === 'string' ? id : undefined);
  }

  #sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = problemOf(error);
    if (problem.status >= 500) this.#tell(request.routeOptions.url ?? 'other', error);
    const retryAfter = retryAfterSeconds(problem);
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    // Whoever has a token is an operator, and is told what the command would have told.
    const told =
      error instanceof TidemarkError && request.method === 'POST'
        ? { detail: this.#options.clean(error.detail), remedy: error.remedy }
        : {};
    const text = JSON.stringify({ ...problem, ...told });
    void reply.code(problem.status).type('application/problem+json').send(text);
  }

  #tell(route: string, error: unknown): void {
    const code = error instanceof TidemarkError ? error.code : null;
    const [reason, remedy] = [messageOf(error), remedyOf(error)];
    this.#options.events.emit('http:failed', { route, code, reason, remedy });
  }
}

function addPage(scope: FastifyInstance): void {
  for (const [name, { type, bytes }] of readPageFiles()) {
    const path = name === 'page.html' ? '/console/' : `/console/${name}`;
    scope.get(path, (_request, reply) => reply.header('cache-control', 'no-cache').type(type).send(bytes));
  }
}
