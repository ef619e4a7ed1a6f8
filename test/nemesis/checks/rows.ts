import { fateOf } from '../fates.ts';
import type { TableRow } from '../source-table.ts';
import type { ArchivedRow } from './archived-rows.ts';
import type { Finding } from './finding.ts';

/** Each row of the table that can be archived stands in one shard, with its values and its file's bytes. */
export async function checkRows(options: {
  readonly table: readonly TableRow[];
  readonly archived: AsyncIterable<ArchivedRow>;
  /** sha256 of a source file. */
  readonly digestOf: (location: string) => Promise<string>;
}): Promise<Finding[]> {
  const expected = new Map(options.table.map((row) => [row.uid, row]));
  const shardOf = new Map<string, string>();
  const [missing, twice, different, bytes, unknown]: string[][] = [[], [], [], [], []];
  for await (const copy of options.archived) {
    const { uid, shard } = copy;
    const row = expected.get(uid);
    const other = shardOf.get(uid);
    shardOf.set(uid, shard);
    if (other !== undefined) twice!.push(`${uid} stands in ${other} and in ${shard}`);
    if (row === undefined || fateOf(uid).rejectedAs !== null) {
      unknown!.push(`${uid} in ${shard}`);
      continue;
    }
    if (!haveEqualValues(row, copy)) different!.push(`${uid} in ${shard}`);
    if ((await options.digestOf(row.location!)) !== copy.fileSha256) bytes!.push(`${uid} in ${shard}`);
  }
  for (const { uid } of options.table) {
    if (fateOf(uid).rejectedAs === null && !shardOf.has(uid)) missing!.push(uid);
  }
  return [
    { what: 'rows missing', problems: missing! },
    { what: 'rows twice', problems: twice! },
    { what: 'rows archived that the table does not hold, or that are bad', problems: unknown! },
    { what: 'values different', problems: different! },
    { what: 'bytes different', problems: bytes! },
  ];
}

function haveEqualValues(row: TableRow, copy: ArchivedRow): boolean {
  return (
    row.createdAtMicros === microsOf(copy.createdAt) &&
    row.location === copy.location &&
    row.sizeBytes === copy.sizeBytes
  );
}

/** `2026-11-23T05:37:17.123456Z`; a Date alone would lose the last three digits. */
function microsOf(text: string): number {
  const match = /^(.*)\.(\d{6})Z$/.exec(text);
  return match === null ? NaN : Date.parse(`${match[1]}Z`) * 1_000 + Number(match[2]);
}
