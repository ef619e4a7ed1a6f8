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
    for (const secret of secretsOf(url)) this.learnSecret(secret);
  }

  /** Remembers a secret as it is, as it stands in a URL and as it stands in JSON: log lines are JSON. */
  learnSecret(secret: string): void {
    if (secret.length < SECRET_LENGTH_MIN) return;
    for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
      if (!this.#patterns.has(form)) this.#patterns.set(form, patternOf(form));
  }

  clean(text: string): string {
    let cleaned = text;
    for (const pattern of this.#patterns.values()) cleaned = cleaned.replace(pattern, '***');
    return cleaned;
  }
}

/** Shorter secrets would blot out half of every message; they are no secrets either. */
const SECRET_LENGTH_MIN = 4;

function patternOf(secret: string): RegExp {
  const literal = secret.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return PLAIN_WORD.test(secret)
    ? new RegExp(`(?<=:)${literal}(?=@)|(?<==)${literal}\\b`, 'g')
    : new RegExp(literal, 'g');
}

const PLAIN_WORD = /^[a-z]{1,11}$/;
