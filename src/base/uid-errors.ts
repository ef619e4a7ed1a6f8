import { entry } from './catalogue-entry.ts';

/** What looking for a row by its uid may come to: a part of the catalogue. */
export const UID_ERRORS = {
  ERR_UID_AMBIGUOUS: entry(
    'Several rows have this uid: at other times, or in other tables. A row is one of them only with its created_at.',
    false,
    'Choose one of the times that are listed: `tidemark get UID --created-at TIME --table TABLE`.',
  ),
  ERR_UID_NOT_FOUND: entry(
    'No committed shard holds this uid, or none at this created_at.',
    false,
    'Check the time with microseconds and its zone, or leave it out; `tidemark ls --from T --to T` lists what is archived, `tidemark status` says up to where.',
  ),
} as const;
