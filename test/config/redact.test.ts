import { describe, expect, it } from 'vitest';
import { redact, secretsOf } from '../../src/config/redact.ts';

describe('redact', () => {
  it.each([
    ['postgres://user:hunter22@db:5432/app', 'postgres://user:***@db:5432/app'],
    ['postgres://db/app?password=hunter22&sslmode=require', 'postgres://db/app?password=***&sslmode=require'],
    ['s3://bucket/prefix?secretAccessKey=hunter22', 's3://bucket/prefix?secretAccessKey=***'],
    ['file:///var/lib/tidemark', 'file:///var/lib/tidemark'],
    ['no url hunter22', '(unreadable URL)'],
  ])('%s becomes %s', (url, expected) => {
    expect(redact(url)).toBe(expected);
  });

  it('knows a secret in its written and its decoded form', () => {
    expect(secretsOf('postgres://u:p%40ss%2Fword@db/app')).toEqual(['p%40ss%2Fword', 'p@ss/word']);
  });
});
