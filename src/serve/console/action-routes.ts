import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { TidemarkError } from '../../base/errors.ts';
import type { Events } from '../../base/event-map.ts';
import type { TokenFile } from '../read-api/token-file.ts';
import { bearerOf, isKnown, tokenName } from '../read-api/tokens.ts';
import type { ActionResult, ConsoleActions } from './console-actions.ts';
import { requireOwnOrigin } from './host-check.ts';

export interface ActionRoutesOptions {
  /** Null: nobody may do anything. */
  readonly tokens: TokenFile | null;
  readonly actions: ConsoleActions;
  readonly tables: readonly string[];
  readonly events: Events;
}

/**
 * What changes something. The token stands in a header that no form and no page of another origin can set, so a forged
 * request cannot have it; it is in no address and in no cookie. One action at a time.
 */
export function addActionRoutes(app: FastifyInstance, options: ActionRoutesOptions): void {
  const { actions, tables } = options;
  const table = z.string().refine((name) => tables.includes(name), 'no such table in the configuration');
  const retry = z.strictObject({ table });
  const replay = z.strictObject({ table, window: z.string().max(64), restore: z.boolean() });
  const pause = z.strictObject({ table, isPaused: z.boolean() });
  let isBusy = false;
  const route = <T extends { readonly table: string }>(
    name: string,
    schema: z.ZodType<T>,
    act: (body: T) => Promise<ActionResult> | ActionResult,
  ): void => {
    app.post(`/console/actions/${name}`, async (request) => {
      const caller = await requireToken(request, options.tokens);
      const body = read(schema, request.body);
      if (isBusy) throw new TidemarkError('ERR_HTTP_BUSY', { detail: 'another action is under way' });
      isBusy = true;
      try {
        const result = await act(body);
        options.events.emit('console:acted', { action: name, table: body.table, caller, isDone: result.ok });
        return result;
      } finally {
        isBusy = false;
      }
    });
  };
  route('retry-rejects', retry, ({ table: id }) => actions.retryRejects(id));
  route('replay', replay, (body) => actions.replay(body));
  route('pause', pause, (body) => {
    if (actions.pause !== null) return actions.pause(body);
    throw new TidemarkError('ERR_CONSOLE_READ_ONLY', { detail: 'this process does not archive' });
  });
}

/** @returns the name by which the log knows the token. */
async function requireToken(request: FastifyRequest, tokens: TokenFile | null): Promise<string> {
  requireOwnOrigin(request);
  if (tokens === null)
    throw new TidemarkError('ERR_CONSOLE_READ_ONLY', { detail: 'this console has no file of tokens' });
  const token = bearerOf(request.headers.authorization);
  if (token === undefined || !isKnown(await tokens.tokens(), token))
    throw new TidemarkError('ERR_HTTP_UNAUTHORIZED', {
      detail: token === undefined ? 'the request has no token' : 'the token is not known',
      remedy: 'Type a token out of the file of serve.consoleTokenFile, or of --token-file.',
    });
  return `token ${tokenName(token)}`;
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new TidemarkError('ERR_HTTP_REQUEST', { detail: `${path.join('.') || 'the body'}: ${message}` });
}
