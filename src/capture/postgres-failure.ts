import { messageOf, TidemarkError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import { tlsFaultOf } from '../base/tls-fault.ts';

/** SQLSTATE of Postgres (Appendix A of its manual) where waiting does not help. Classes have two letters. */
const LASTING: Readonly<Record<string, ErrorCode>> = {
  '28': 'ERR_PREREQUISITE', // invalid authorization
  '3D': 'ERR_PREREQUISITE', // no such database
  '42501': 'ERR_PREREQUISITE', // insufficient privilege
  '42P01': 'ERR_TABLE_INVALID', // undefined table
  '42703': 'ERR_TABLE_INVALID', // undefined column
};

/**
 * Gives an error of `pg` its place in the catalogue. What is not known to last is taken to pass: a broken
 * connection has many faces and only some have a code.
 *
 * @throws the error as it is when it is a mistake of ours: a bug must not look like an outage.
 */
export function postgresFailure(step: string, cause: unknown): TidemarkError {
  if (cause instanceof TidemarkError) return cause;
  if (cause instanceof Error && BUGS.has(cause.name)) throw cause;
  const fault = tlsFaultOf(cause);
  if (fault !== undefined) {
    const { detail, remedy } = fault;
    return new TidemarkError('ERR_TLS_REFUSED', { detail: `${step}: ${detail}`, remedy, cause });
  }
  const state = sqlStateOf(cause);
  const code = (state && (LASTING[state] ?? LASTING[state.slice(0, 2)])) || 'ERR_POSTGRES_UNREACHABLE';
  const reason = messageOf(cause);
  return new TidemarkError(code, { detail: `${step}: ${reason}`, cause });
}

const BUGS = new Set(['TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'AssertionFailed']);

export function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
