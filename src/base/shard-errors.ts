import { entry } from './catalogue-entry.ts';

/** What may be wrong with a shard, or with the name of one: a part of the catalogue. */
export const SHARD_ERRORS = {
  ERR_SHARD_CONFLICT: entry(
    'A shard of this name with other bytes is already on the sink. Nothing was overwritten.',
    false,
    'Two archives write to one place: give each its own sink.url. A file that is no whole shard, or one of an earlier try, is no conflict: it is passed over by itself.',
  ),
  ERR_SHARD_CORRUPT: entry(
    'A shard or manifest does not have the bytes that were written.',
    false,
    'Run `tidemark verify` for the exact byte range, and restore the named file from a copy.',
  ),
  ERR_SHARD_NOT_FOUND: entry(
    'No manifest on the sink names this shard, so it is no part of the archive.',
    false,
    'Take the name as `tidemark ls` shows it.',
  ),
  ERR_SHARD_UNCOMMITTED: entry(
    'A shard was announced whose window the archive has not committed, or not any more: its transaction was aborted, or the watermark was set back. Its rows are gathered again and need their files, so the clean-up waits.',
    true,
    'Nothing to do while `tidemark archive` runs: the clean-up goes on when the window is committed. Otherwise start it; `tidemark status` shows how far it is.',
  ),
} as const;
