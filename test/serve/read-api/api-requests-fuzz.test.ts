import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestRow } from '../../sinks/support/seal-rows.ts';
import { runs } from '../../support/fuzz-runs.ts';
import { mutated } from '../../support/mutated.ts';
import { rawRequest, sendBytes, statusOf } from '../raw-request.ts';
import { ApiRig, filePath } from './api-rig.ts';
import type { RunningApi } from './api-rig.ts';

const rig = new ApiRig();
let rows: readonly TestRow[];
let running: RunningApi;

beforeAll(async () => {
  rows = await rig.sealGolden();
  running = await rig.serve();
});

afterAll(() => rig.close());

const send = async (bytes: Buffer, ending?: 'open') =>
  statusOf(await sendBytes(running.api.url, bytes, ending));

const paths = fc.constantFrom(
  ...['/v1/tables/public.files/windows?limit=1&cursor=MjAyNg', '/v1/tables/public.files/shards'],
  ...['/v1/files/a%2Fb?created_at=2026-11-23T05:00:04.5Z', '/v1/tables?limit=3', '/v1/errors/ERR_USAGE'],
);
/** Of the headers that mean something here; none ends its line. */
const headers = fc
  .tuple(
    fc.constantFrom('Range', 'If-Range', 'If-Match', 'If-None-Match', 'If-Modified-Since', 'Accept'),
    fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('bytes=1-,', 'W/"', '*', 'bytes=-0', '*/*;q=0')),
  )
  .map(([name, value]) => `${name}: ${value}`);
const asked = fc.oneof(
  paths.map((path) => rawRequest(path)),
  fc.tuple(paths, headers).map(([path, header]) => rawRequest(path, [header])),
  fc
    .string({ unit: 'binary', maxLength: 40 })
    .map((text) => rawRequest(`/v1/files/${encodeURIComponent(text)}?created_at=2026-11-23T05:00:04.5Z`)),
);

test('any request gets an answer that is no failure of the server, and so do any bytes', async () => {
  await fc.assert(
    fc.asyncProperty(asked, async (bytes) => {
      expect([200, 206, 304, 400, 404, 406, 412, 416]).toContain(await send(bytes, 'open'));
    }),
    runs(100),
  );
  await fc.assert(
    fc.asyncProperty(mutated(asked), async (bytes) => {
      expect(await send(bytes)).not.toBe(500);
    }),
    runs(100),
  );
  expect(running.failures).toEqual([]);
  expect(await send(rawRequest(filePath(rows[0]!)), 'open')).toBe(200);
});

test('a request that is too long for its head is refused as a problem, as are its like', async () => {
  const long = await sendBytes(running.api.url, rawRequest(`/v1/files/${'x'.repeat(100_000)}`));
  expect(statusOf(long)).toBe(431);
  expect(long).toContain('application/problem+json');
  const problem: unknown = JSON.parse(long.slice(long.indexOf('\r\n\r\n')));
  expect(problem).toMatchObject({ status: 431, code: 'ERR_HTTP_REQUEST' });
  expect(await send(Buffer.from('HELLO\r\n\r\n'))).toBe(400);
});
