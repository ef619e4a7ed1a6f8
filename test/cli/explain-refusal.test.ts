import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/base/errors.ts';
import { explainRefusal } from '../../src/cli/explain-refusal.ts';

function refusal(text: string, fields: object): Error {
  return Object.assign(new Error(text), fields);
}

describe('what a server refuses', () => {
  it('is named with its code and what mends it, however deep a client has wrapped it', () => {
    const inner = refusal('The session timeout is not within the range', { type: 'INVALID_SESSION_TIMEOUT' });
    const error = explainRefusal(new Error('number of retries exceeded', { cause: inner }));
    expect(error).toMatchObject({
      code: 'ERR_PREREQUISITE',
      detail: expect.stringContaining('INVALID_SESSION_TIMEOUT') as string,
      remedy: expect.stringContaining('archive.sessionTimeout') as string,
    });
  });

  it.each([
    ['28P01', /password in postgres\.url/],
    ['3D000', /database in postgres\.url/],
    ['42501', /roles\.sql/],
  ])('as SQLSTATE %s has a better remedy than to ask for a check', (code, remedy) => {
    const cause = refusal('refused', { code });
    const error = explainRefusal(
      new TidemarkError('ERR_PREREQUISITE', { detail: 'connect: refused', cause }),
    );
    expect(error).toMatchObject({ code: 'ERR_PREREQUISITE', detail: 'connect: refused' });
    expect((error as TidemarkError).remedy).toMatch(remedy);
  });

  it('is only what is known to last: anything else comes back as it is', () => {
    const others = [
      new Error('a bug'),
      refusal('away', { type: 'LEADER_NOT_AVAILABLE' }),
      new TidemarkError('ERR_SLOT_LOST', { detail: 'gone' }),
      new TidemarkError('ERR_PREREQUISITE', { detail: 'no slot is free' }),
      'no error at all',
    ];
    for (const other of others) expect(explainRefusal(other)).toBe(other);
  });
});
