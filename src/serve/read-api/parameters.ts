import { TidemarkError } from '../../base/errors.ts';
import type { RequestTime } from './request-time.ts';
import { readRequestTime } from './request-time.ts';

/** A parameter of the query: how it is read, and how the OpenAPI description shows it. */
export interface Parameter<T> {
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
  /** @returns undefined for a value that it cannot have. */
  readonly read: (text: string) => T | undefined;
  readonly isRequired?: true;
}

const TIME_EXAMPLE = '2026-11-23T05:37:17.123456Z';
const timeSchema = { type: 'string', format: 'date-time', example: TIME_EXAMPLE };
export const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;

export const CREATED_AT: Parameter<RequestTime> & { readonly isRequired: true } = {
  description: 'The row’s created_at, to the microsecond (RFC 3339; `+` is written %2B).',
  schema: timeSchema,
  read: readRequestTime,
  isRequired: true,
};

export const TABLE: Parameter<string> = {
  description: 'Only this table, `schema.name`; without it the first table that holds the row.',
  schema: { type: 'string', example: 'public.files' },
  read: (text) => text,
};

export const FROM: Parameter<RequestTime> = {
  description: 'Only windows that end after this time (RFC 3339).',
  schema: timeSchema,
  read: readRequestTime,
};

export const TO: Parameter<RequestTime> = {
  description: 'Only windows that begin before this time (RFC 3339).',
  schema: timeSchema,
  read: readRequestTime,
};

export const LIMIT: Parameter<number> = {
  description: 'Rows of a page at most.',
  schema: { type: 'integer', minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT },
  read: (text) => {
    const limit = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : NaN;
    return limit <= LIMIT_MAX ? limit : undefined;
  },
};

/** The place where a page ended, in letters that no URL changes. */
export const CURSOR: Parameter<string> = {
  description: '`next` of the page before; its text means nothing to anybody else.',
  schema: { type: 'string', pattern: '^[A-Za-z0-9_-]*$', maxLength: 2_048 },
  read: (text) =>
    /^[A-Za-z0-9_-]{0,2048}$/.test(text) ? Buffer.from(text, 'base64url').toString() : undefined,
};

export function cursorOf(position: string | null): string | null {
  return position === null ? null : Buffer.from(position).toString('base64url');
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

type Values<P extends Parameters> = {
  readonly [K in keyof P]: P[K] extends { readonly isRequired: true; read: (text: string) => infer T }
    ? Exclude<T, undefined>
    : P[K] extends Parameter<infer T>
      ? T | undefined
      : never;
};

/**
 * The parameters of a query.
 *
 * @throws TidemarkError ERR_HTTP_REQUEST for one that is unknown, missing, given twice or has a wrong value.
 */
export function readQuery<P extends Parameters>(parameters: P, query: unknown): Values<P> {
  const given = query as Readonly<Record<string, string | readonly string[] | undefined>>;
  for (const name of Object.keys(given))
    if (!Object.hasOwn(parameters, name)) {
      const known = Object.keys(parameters).join(', ') || 'none';
      throw invalid(`there is no parameter ${JSON.stringify(name)}; known here: ${known}`);
    }
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    const text = given[name];
    if (text === undefined && parameter.isRequired === true) throw invalid(`${name} is missing`);
    if (text === undefined) continue;
    if (typeof text !== 'string') throw invalid(`${name} is given more than once`);
    values[name] = parameter.read(text);
    if (values[name] === undefined)
      throw invalid(`${name} ${JSON.stringify(text)} is not ${expectationOf(parameter)}`);
  }
  return values as Values<P>;
}

function expectationOf({ schema }: Parameter<unknown>): string {
  if (schema['format'] === 'date-time') return `a time such as ${TIME_EXAMPLE}`;
  return schema['type'] === 'integer' ? `a number from 1 to ${LIMIT_MAX}` : 'what a page before has given';
}

function invalid(detail: string): TidemarkError {
  return new TidemarkError('ERR_HTTP_REQUEST', { detail });
}
