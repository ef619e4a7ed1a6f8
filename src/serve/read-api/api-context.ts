import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.ts';
import type { Parameters } from './parameters.ts';
import type { ServedArchive } from './served-archive.ts';

/** What the handlers share. */
export interface ApiContext {
  readonly archive: ServedArchive;
  readonly clock: Clock;
  /** Anybody may read, so caches that many people share may keep what they see. */
  readonly isPublic: boolean;
  /** Until the first byte of an answer. */
  readonly answerTimeoutMs: number;
  /** An answer that broke off in its middle, of which the client sees a lost connection. */
  readonly onBrokenOff: (request: FastifyRequest, error: unknown) => void;
}

/** One path, for the router, for 405 and for the OpenAPI description. All are read with GET and HEAD. */
export interface ApiRoute {
  /** As OpenAPI writes it: `/v1/files/{uid}`. */
  readonly template: string;
  readonly summary: string;
  /** Asked without a token too. */
  readonly isOpen?: true;
  readonly path: Readonly<Record<string, DescribedParameter>>;
  readonly query: Parameters;
  /** Headers of a request that mean something, besides Accept and Authorization. */
  readonly headers?: Readonly<Record<string, DescribedParameter>>;
  /** Answers by status beside those that every path has, as OpenAPI's Response Objects. */
  readonly responses: Readonly<Record<string, object>>;
  /** Media types of the answer; one of them must be acceptable. */
  readonly produces: readonly string[];
  readonly handle: (context: ApiContext, request: FastifyRequest, reply: FastifyReply) => unknown;
}

/** For the OpenAPI description alone: any text is read. */
export interface DescribedParameter {
  readonly description: string;
  readonly example?: string;
}
