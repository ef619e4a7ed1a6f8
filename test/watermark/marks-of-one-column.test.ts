import { Client } from 'pg';
import { expect, test } from 'vitest';
import { requireArchivedColumn } from '../../src/watermark/archived-column.ts';

test('rows with a key of several columns are marked by nobody, before the server is asked', async () => {
  const columns = { uid: ['shop', 'id'], createdAt: 'created_at', fileLocation: null, sizeBytes: null };
  const table = { schema: 'public', name: 'orders', columns };
  await expect(requireArchivedColumn(new Client(), { table, column: 'archived' })).rejects.toMatchObject({
    code: 'ERR_TABLE_INVALID',
    detail: 'public.orders has a uid of several columns, and rows are marked by one',
  });
});
