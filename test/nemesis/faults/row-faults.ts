import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '../fault.ts';
import type { FateName } from '../fates.ts';
import { placeFile } from '../source-files.ts';
import { insertRow, withClient } from '../source-table.ts';

const BAD: readonly FateName[] = [
  ...([
    'missing',
    'truncated',
    'outside',
    'linked',
    'folder',
    'fifo',
    'nowhere',
    'infinite',
    'ahead',
  ] as const),
];
const STAMPS: Partial<Record<FateName, string>> = {
  infinite: `'infinity'`,
  ahead: `now() + interval '3 days'`,
};

const insertion = { targets: ['postgres'], holdMs: [0, 0], settleMs: 1_000 } as const;

export const badRows: Fault = {
  ...insertion,
  name: 'bad-rows',
  what: 'rows of every kind that cannot be archived: each must be listed as a reject, with its reason',
  run: async ({ postgres, sourceFolder }, random) => {
    const batch = random.between(0, 2 ** 31);
    await withClient(postgres.url, async (client) => {
      for (const fate of BAD) {
        const uid = `${fate}-b${batch}-0`;
        const file = await placeFile({ folder: sourceFolder, uid, fate });
        const createdAt = STAMPS[fate];
        await insertRow(client, { uid, ...file, ...(createdAt === undefined ? {} : { createdAt }) });
      }
    });
    return undefined;
  },
};

export const bulkInsert: Fault = {
  ...insertion,
  name: 'bulk-insert',
  what: 'ten thousand rows in one transaction, all naming one file',
  settleMs: 3_000,
  run: async ({ postgres, sourceFolder }, random) => {
    const batch = random.between(0, 2 ** 31);
    const { location } = await placeFile({ folder: sourceFolder, uid: `bulk-b${batch}-file`, fate: 'bulk' });
    const { size } = await stat(join(location!));
    await withClient(postgres.url, (client) =>
      client.query(
        `INSERT INTO files (uid, file_location, size_bytes)
         SELECT $1 || i, $2, $3 FROM generate_series(1, 10000) AS i`,
        [`bulk-b${batch}-`, location, size],
      ),
    );
    return undefined;
  },
};
