import { describe, expect, it } from 'vitest';
import { SecretFilter } from '../../src/cli/secret-filter.ts';

function filterOf(url: string): SecretFilter {
  const filter = new SecretFilter();
  filter.learn(url);
  return filter;
}

describe('the secret filter', () => {
  it('strikes a secret wherever it stands', () => {
    const filter = filterOf('postgres://u:hunter22@db/app');
    expect(filter.clean('login hunter22 refused for postgres://u:hunter22@db/app')).toBe(
      'login *** refused for postgres://u:***@db/app',
    );
  });

  it('strikes the decoded and the encoded form', () => {
    const filter = filterOf('postgres://u:p%40ss+w.rd@db/app');
    expect(filter.clean('p%40ss+w.rd and p@ss+w.rd')).toBe('*** and ***');
  });

  it('strikes a plain word only where it is a password', () => {
    const filter = filterOf('postgres://u:tidemark@db/app');
    expect(filter.clean('run tidemark init on postgres://u:tidemark@db, password=tidemark')).toBe(
      'run tidemark init on postgres://u:***@db, password=***',
    );
  });

  it('strikes a secret as JSON and URLs write it, which is how log lines quote it', () => {
    const filter = new SecretFilter();
    filter.learnSecret('a"b\\c d');
    expect(filter.clean(`${JSON.stringify('a"b\\c d')} ${encodeURIComponent('a"b\\c d')}`)).toBe('"***" ***');
  });

  it('strikes what was read from a file while a command ran, and not the path', () => {
    const filter = filterOf('postgres://u@db/app?pwfile=/run/secrets/pg&sslkey=/run/secrets/key');
    filter.learnSecret('hunter22');
    expect(filter.clean('hunter22 of /run/secrets/pg, /run/secrets/key')).toBe(
      '*** of /run/secrets/pg, /run/secrets/key',
    );
  });
});
