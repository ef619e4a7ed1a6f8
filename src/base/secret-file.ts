import { readFileSync } from 'node:fs';
import { TidemarkError } from './errors.ts';

type Listener = (secret: string) => void;

const listeners = new Set<Listener>();

/**
 * Hears every secret when it is read. Whoever prints needs them: a password that was changed while a command runs is
 * in no configuration that was loaded, and must be struck all the same.
 *
 * @returns a function that ends the subscription.
 */
export function onSecretRead(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/**
 * The secret that a file holds, read anew at each connection: rotating it needs no restart. The line end that editors
 * and `echo` leave is no part of it.
 *
 * @throws TidemarkError ERR_SECRET_FILE.
 */
export function readSecretFile(path: string): string {
  const secret = readSettingFile(path)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (secret === '') throw unusable(path, 'is empty');
  for (const listener of listeners) listener(secret);
  return secret;
}

/**
 * A file that the configuration names.
 *
 * @throws TidemarkError ERR_SECRET_FILE.
 */
export function readSettingFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unusable(path, `cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unreadable'})`, cause);
  }
}

export function unusable(path: string, what: string, cause?: unknown): TidemarkError {
  return new TidemarkError('ERR_SECRET_FILE', { detail: `${path} ${what}`, cause });
}
