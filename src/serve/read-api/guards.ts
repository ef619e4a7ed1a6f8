import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import rateLimit from '@fastify/rate-limit';
import { TidemarkError } from '../../base/errors.ts';
import type { Admission, Slot } from './admission.ts';
import type { TokenFile } from './token-file.ts';
import { bearerOf, isKnown, tokenName } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Token or address, by which limits and logs tell clients apart. */
    caller: string;
    /** Null when any caller may read. */
    refusal: string | null;
    slot: Slot | null;
  }
}

export interface GuardOptions {
  /** Null lets anybody read. */
  readonly tokens: TokenFile | null;
  readonly ratePerSecond: number;
  readonly admission: Admission;
}

/** Clients whose requests are counted at once; the one that has been quiet for longest is forgotten first. */
const CALLERS_MAX = 10_000;
const REALM = 'Bearer realm="tidemark"';

/** Who asks, how often, whether they may, and whether there is room: in this order, before a body or a sink is read. */
export async function addGuards(app: FastifyInstance, options: GuardOptions): Promise<void> {
  const { tokens, ratePerSecond, admission } = options;
  app.decorateRequest('caller', '').decorateRequest('refusal', null).decorateRequest('slot', null);
  app.addHook('onRequest', (request) => identify(request, tokens));
  await app.register(rateLimit, { global: false, cache: CALLERS_MAX });
  const limit = app.createRateLimit({
    max: ratePerSecond,
    timeWindow: 1_000,
    keyGenerator: ({ caller }) => caller,
  });
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.isOpen === true) return;
    const counted = await limit(request);
    if (!counted.isAllowed && counted.isExceeded) throw tooMany(reply, ratePerSecond, counted.ttlInSeconds);
    if (request.refusal !== null) throw unauthorized(reply, request.refusal);
    const slot = admission.enter();
    if (slot === undefined) throw new TidemarkError('ERR_HTTP_BUSY', { detail: 'the server is busy' });
    request.slot = slot;
    reply.raw.once('close', () => slot.leave());
  });
}

async function identify(request: FastifyRequest, tokens: TokenFile | null): Promise<void> {
  request.caller = `address ${request.ip}`;
  if (tokens === null) return;
  const token = bearerOf(request.headers.authorization);
  if (token === undefined) {
    request.refusal =
      request.headers.authorization === undefined ? 'the request has no token' : 'it is no bearer token';
  } else if (isKnown(await tokens.tokens(), token)) {
    request.caller = `token ${tokenName(token)}`;
  } else {
    request.refusal = 'the token is not known';
  }
}

function tooMany(reply: FastifyReply, ratePerSecond: number, ttlSeconds: number): TidemarkError {
  reply.header('retry-after', Math.max(1, ttlSeconds));
  return new TidemarkError('ERR_HTTP_RATE', { detail: `more than ${ratePerSecond} requests in a second` });
}

function unauthorized(reply: FastifyReply, detail: string): TidemarkError {
  const isWrong = detail === 'the token is not known';
  reply.header('www-authenticate', isWrong ? `${REALM}, error="invalid_token"` : REALM);
  return new TidemarkError('ERR_HTTP_UNAUTHORIZED', { detail });
}
