import { createHash, timingSafeEqual } from 'node:crypto';

/** The digests of the tokens, never the tokens themselves. */
export type Tokens = readonly Buffer[];

const LENGTH_MIN = 16;
/** The characters of RFC 6750. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * Reads a file with one token a line; empty lines and those that begin with `#` are passed over.
 *
 * @returns what is wrong with it, by line and without the line.
 */
export function readTokens(text: string): Tokens | { readonly problem: string } {
  const tokens: Buffer[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const token = line.trim();
    if (token === '' || token.startsWith('#')) continue;
    if (!TOKEN.test(token)) return { problem: `line ${index + 1} has a character that no token may have` };
    if (token.length < LENGTH_MIN)
      return { problem: `the token in line ${index + 1} is shorter than ${LENGTH_MIN} characters` };
    tokens.push(digestOf(token));
  }
  return tokens.length === 0 ? { problem: 'it holds no token' } : tokens;
}

/** Compares with every token, in a time that does not tell how much of one was right or which it was. */
export function isKnown(tokens: Tokens, token: string): boolean {
  const digest = digestOf(token);
  let known = false;
  for (const one of tokens) known = timingSafeEqual(one, digest) || known;
  return known;
}

/** By which logs and limits tell tokens apart. */
export function tokenName(token: string): string {
  return digestOf(token).toString('hex').slice(0, 8);
}

/** @returns the token of an Authorization header; undefined when it has none. */
export function bearerOf(authorization: string | undefined): string | undefined {
  const m = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(authorization ?? '');
  return m?.[1];
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
