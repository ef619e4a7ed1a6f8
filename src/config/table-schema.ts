import * as z from 'zod';
import { MICROS_PER_DAY } from '../model/micros.ts';
import { debeziumTopicSchema } from './debezium-schema.ts';
import { bytes, duration, integer } from './fields.ts';

/** A week, as the row of `des_archive_config` has it that `tidemark init` makes then. */
export const LAG_DEFAULT_MICROS = 7 * MICROS_PER_DAY;

const columnName = (text: string) => z.string().min(1).max(63).describe(text);

const columns = z
  .strictObject({
    uid: z
      .union(
        [
          columnName('Column name.'),
          z
            .array(columnName('Column name.'))
            .min(2, 'two columns or more were expected; one stands without a list'),
        ],
        {
          error: 'a column name was expected, or a list of two or more',
        },
      )
      .describe(
        'The row’s identity: text, uuid or an integer, unique by itself or together with `createdAt`. A list names the columns of a key that has several.',
      )
      .prefault('uid'),
    createdAt: columnName('The row’s event time: timestamp or timestamptz.').prefault('created_at'),
    fileLocation: columnName('Path of the row’s file. Not read with `payload: row`.').prefault(
      'file_location',
    ),
    sizeBytes: columnName('Column name.')
      .nullable()
      .describe('Size of the row’s file, compared when it is there; `null` when the table has none.')
      .prefault('size_bytes'),
    archived: columnName(
      'A boolean that says which rows are archived: `tidemark sync-archived` sets it behind the watermark, `run-cycle --strategy per-record` goes by it; nothing else needs it.',
    ).prefault('archived'),
  })
  .describe('The table’s own names for the columns that Tidemark reads.')
  .prefault({});

const createdAt = z
  .strictObject({
    timeZone: z
      .string()
      .refine(isTimeZone, 'a time zone of the IANA data base, such as UTC or Europe/Warsaw, was expected')
      .describe('How a `timestamp` without a zone is read.')
      .prefault('UTC'),
  })
  .describe('Reading of the event time.')
  .prefault({});

const window = z
  .strictObject({
    size: duration({
      text: 'Length of a window. It divides a day or is a multiple of one; `1d` ends at midnight UTC.',
      min: 1_000,
      max: 32 * MICROS_PER_DAY,
    }).prefault('1d'),
    rowsMax: integer({
      text: 'Rows that a window may hold in memory; beyond, the rows so far are sealed as its first parts.',
      min: 1,
    }).prefault(2_000_000),
    bytesMax: bytes({
      text: 'Memory of the open windows of one partition; beyond, the fullest is sealed early.',
      min: 65_536,
    }).prefault('256MiB'),
    aheadMax: duration({
      text: 'How far `created_at` may lie ahead of the server’s clock; rows beyond are rejected.',
    }).prefault('1d'),
    lateRowsMax: integer({
      text: 'Late rows that wait for the next seal; beyond, they are sealed by themselves.',
      min: 1,
    }).prefault(100_000),
    windowsMax: integer({
      text: 'Windows of one partition that may be open at once; beyond, the fullest is sealed early.',
      min: 2,
    }).prefault(10_000),
  })
  .describe('The spans of `created_at` that are archived together.')
  .prefault({});

const shard = z
  .strictObject({
    bytesMax: bytes({ text: 'Source bytes in one shard.', min: 1_024 }).prefault('256MiB'),
    filesMax: integer({
      text: 'Files in one shard; with `payload: row` its rows.',
      min: 1,
      max: 10_000_000,
    }).prefault(100_000),
    level: integer({ text: 'zstd level.', min: 1, max: 19 }).prefault(3),
    frameBytes: bytes({
      text: 'Bytes of one zstd frame before packing: what is read to fetch one small file.',
      min: 4_096,
      max: 67_108_864,
    }).prefault('512KiB'),
  })
  .describe('The archive files.')
  .prefault({});

export const tableSchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^[A-Za-z_][A-Za-z0-9_-]*\.[A-Za-z_][A-Za-z0-9_-]*$/,
      'schema.table was expected, such as public.files',
    )
    .describe('`schema.table`, as Postgres spells it, without quotes.'),
  payload: z
    .enum(['file', 'row'])
    .describe(
      '`file` packs the files that the rows name, with the rows beside them; `row` packs the rows alone, with the types of their columns, and needs no more columns than `uid` and `createdAt`.',
    )
    .prefault('file'),
  columns,
  createdAt,
  window,
  lag: duration({
    text: 'How old a window must be before it is archived. Default: 7d; `tidemark run-cycle` then takes `lag_days` of the table’s row in `des_archive_config`.',
  }).optional(),
  lateness: duration({
    text: 'The part of `lag` for which a window stays open in memory for rows that arrive out of order. Default: 1m, or `lag` when that is shorter.',
  }).optional(),
  source: z
    .strictObject({
      roots: z
        .array(z.string().min(1))
        .describe(
          'Folders that the files must stand in, absolute, and prefixes of buckets, `s3://bucket/prefix?endpoint=…&region=…` ([sources](sources.md)). Needed with `payload: file`.',
        )
        .prefault([]),
      requestsMax: integer({
        text: 'Requests for files to buckets that are under way at once, over all packing threads of a process; at least one a thread.',
        min: 1,
        max: 1_024,
      }).prefault(32),
    })
    .describe('Where the files are.')
    .prefault({}),
  shard,
  partitions: integer({
    text: 'Partitions of the table’s topic: how many processes can share the work. Shards carry the number in their names; `run-cycle` takes it from here.',
    min: 1,
    max: 1_000,
  }).prefault(4),
  debeziumTopic: debeziumTopicSchema.optional(),
  archiveConfigId: integer({
    text: 'The `id` of the table’s row in `des_archive_config`. Default: found by the table’s name; 1 where that table has no names.',
    max: 2_147_483_647,
  }).optional(),
});

export type TableFile = z.output<typeof tableSchema>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
