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
});
