import { secretsOf } from '../config/redact.ts';

/**
 * Keeps secrets out of whatever is printed, also out of the messages of libraries that quote a URL.
 *
 * A secret is struck wherever it stands. One that is a short plain word (`postgres`, on a developer's machine) is
 * struck only where a URL or an assignment gives it away: it would mangle every other sentence.
 */
export class SecretFilter {
  readonly #patterns = new Map<string, RegExp>();

  /** Remembers the secrets that the URL holds. */
  learn(url: string): void {
    for (const secret of secretsOf(url)) this.#patterns.set(secret, patternOf(secret));
  }

  clean(text: string): string {
    let cleaned = text;
    for (const pattern of this.#patterns.values()) cleaned = cleaned.replace(pattern, '***');
    return cleaned;
  }
}

function patternOf(secret: string): RegExp {
  const literal = secret.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return PLAIN_WORD.test(secret)
    ? new RegExp(`(?<=:)${literal}(?=@)|(?<==)${literal}\\b`, 'g')
    : new RegExp(literal, 'g');
}

const PLAIN_WORD = /^[a-z]{1,11}$/;
