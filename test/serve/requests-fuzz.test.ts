import fc from 'fast-check';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { Health } from '../../src/serve/health.ts';
import { startHttpServer } from '../../src/serve/http-server.ts';
import type { HttpServer } from '../../src/serve/http-server.ts';
import { runs } from '../support/fuzz-runs.ts';
import { mutated } from '../support/mutated.ts';
import { rawRequest, sendBytes, statusOf } from './raw-request.ts';

let server: HttpServer;

beforeEach(async () => {
  const health = new Health({ parts: [], events: new Events() });
  server = await startHttpServer({ host: '127.0.0.1', port: 0, metrics: new Registry(), health });
});

afterEach(() => server.close());

const send = (bytes: Buffer) => sendBytes(server.url, bytes);

const paths = fc
  .tuple(
    fc.constantFrom('/metrics', '/healthz', '/readyz', '/', '/%', '//', '/..'),
    fc.string({ maxLength: 60 }),
  )
  .map(([path, query]) => `${path}?${query}`);
const queries = fc.oneof(
  paths,
  paths.map(encodeURI),
  fc.constantFrom('?__proto__[x]=1', '/metrics?a[a][a][a]=b'),
);

const known = fc.constantFrom('/metrics', '/healthz').map((path) => rawRequest(path));

test('any request gets an answer that is no failure of the server, and the next one is served', async () => {
  await fc.assert(
    fc.asyncProperty(queries, async (path) => {
      const status = statusOf(await send(rawRequest(path)));
      expect([undefined, 200, 400, 404, 503]).toContain(status);
    }),
    runs(100),
  );
  await fc.assert(
    fc.asyncProperty(mutated(known), async (bytes) => {
      expect(statusOf(await send(bytes))).not.toBe(500);
    }),
    runs(100),
  );
  expect(statusOf(await send(rawRequest('/metrics')))).toBe(200);
});

test('a request without an end, or with a body or headers of megabytes, is refused', async () => {
  expect(statusOf(await send(rawRequest(`/metrics?${'x'.repeat(1_000_000)}`)))).toBe(431);
  const body = `POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 99999999999\r\n\r\n`;
  expect([400, 404, 413, undefined]).toContain(statusOf(await send(Buffer.from(body))));
  expect(statusOf(await send(rawRequest('/metrics')))).toBe(200);
});
