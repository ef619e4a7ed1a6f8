import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../base/clock.ts';
import type { Events } from '../../base/event-map.ts';
import type { Stage } from '../../base/stage.ts';
import type { Sink } from '../../sinks/sink.ts';
import type { HealthRoutesOptions } from '../health-routes.ts';
import { listen } from '../listen.ts';
import { Admission } from './admission.ts';
import { createApiApp } from './api-app.ts';
import type { ApiRoute } from './api-context.ts';
import { API_ROUTES } from './api-routes.ts';
import { describeApi } from './openapi.ts';
import { readQuery } from './parameters.ts';
import { ServedArchive } from './served-archive.ts';
import type { TokenFile } from './token-file.ts';

export interface ReadApiOptions extends HealthRoutesOptions {
  readonly sink: Sink;
  readonly events: Events;
  readonly clock: Clock;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Null lets anybody read. */
  readonly tokens: TokenFile | null;
  readonly ratePerSecond: number;
  readonly requestsMax: number;
  readonly cacheBytesMax: number;
  readonly toolVersion: string;
  readonly answerTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
}

/** A client waits for a first byte about as long as this; a sink that needs longer hangs. */
const ANSWER_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = 60_000;

/** An archive over HTTP, as a part that runs: `drain` lets running answers end, `stop` cuts them. */
export class ReadApi implements Stage {
  readonly url: string;
  readonly #app: FastifyInstance;
  readonly #closed: Promise<void>;
  #closing: Promise<void> | undefined;

  private constructor(app: FastifyInstance, url: string) {
    this.#app = app;
    this.url = url;
    this.#closed = new Promise((resolve) => app.server.once('close', () => resolve()));
  }

  /** @throws TidemarkError ERR_PREREQUISITE when the address is taken. */
  static async listen(options: ReadApiOptions): Promise<ReadApi> {
    const { host, port, events, tokens } = options;
    const routes = [...API_ROUTES];
    const description = describeApi({
      routes: API_ROUTES,
      version: options.toolVersion,
      needsToken: tokens !== null,
    });
    routes.push(descriptionRoute(description));
    const app = await createApiApp({
      ...options,
      routes,
      admission: new Admission(options),
      context: {
        archive: new ServedArchive(options),
        clock: options.clock,
        isPublic: tokens === null,
        answerTimeoutMs: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
      },
      idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    });
    const remedy = 'Give this process another port with --port, or another address with --host.';
    const url = await listen(app, { host, port, what: 'the archive', remedy });
    events.emit('http:listening', { url });
    return new ReadApi(app, url);
  }

  async run(): Promise<void> {
    await this.#closed;
  }

  async drain(): Promise<void> {
    await (this.#closing ??= this.#app.close());
  }

  async stop(): Promise<void> {
    this.#app.server.closeAllConnections();
    await this.drain();
  }
}

function descriptionRoute(description: object): ApiRoute {
  return {
    template: '/v1/openapi.json',
    summary: 'The OpenAPI description of this API.',
    isOpen: true,
    path: {},
    query: {},
    responses: {},
    produces: ['application/json'],
    handle: (_context, request) => {
      readQuery({}, request.query);
      return description;
    },
  };
}
