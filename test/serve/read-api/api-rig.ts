import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { Events } from '../../../src/base/event-map.ts';
import type { EventMap } from '../../../src/base/event-map.ts';
import { formatMicros } from '../../../src/model/micros.ts';
import type { Micros } from '../../../src/model/micros.ts';
import { Health } from '../../../src/serve/health.ts';
import { NO_PROBES } from '../../../src/serve/metrics-options.ts';
import { createMetrics } from '../../../src/serve/metrics.ts';
import { ReadApi } from '../../../src/serve/read-api/read-api.ts';
import type { ReadApiOptions } from '../../../src/serve/read-api/read-api.ts';
import { openSink } from '../../../src/sinks/open-sink.ts';
import { createSealer } from '../../../src/sinks/sealer.ts';
import { goldenRows } from '../../golden/golden-seal.ts';
import { request, sealerDefaults } from '../../sinks/support/seal-request.ts';
import type { SealOverrides } from '../../sinks/support/seal-request.ts';
import type { TestRow } from '../../sinks/support/seal-rows.ts';

/** An archive in a folder and the servers of it, for a file of tests. */
export class ApiRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'tidemark-http-'));
  readonly root = join(this.folder, 'source');
  readonly archive = join(this.folder, 'archive');
  readonly sink = openSink(`file://${this.archive}`);
  readonly #servers: ReadApi[] = [];

  constructor() {
    mkdirSync(this.root);
  }

  /** Rows of every kind of name; seals them too. */
  async sealGolden(): Promise<TestRow[]> {
    const rows = goldenRows(this.root);
    await this.seal(rows, { frameBytes: 8_192 });
    return rows;
  }

  async seal(rows: readonly TestRow[], overrides: SealOverrides = {}) {
    const { sink, root } = this;
    const sealer = createSealer({ ...sealerDefaults({ sink, root, events: new Events() }), ...overrides });
    try {
      return await sealer.seal(request(rows, overrides), new AbortController().signal);
    } finally {
      await sealer.close();
    }
  }

  /** A server that ends with {@link close}, and what it told. */
  async serve(options: Partial<ReadApiOptions> = {}): Promise<RunningApi> {
    const events = options.events ?? new Events();
    const told: EventMap['http:failed'][] = [];
    const answered: EventMap['http:answered'][] = [];
    events.on('http:failed', (event) => told.push(event));
    events.on('http:answered', (event) => answered.push(event));
    const api = await ReadApi.listen({
      sink: this.sink,
      events,
      clock: systemClock,
      host: '127.0.0.1',
      port: 0,
      tokens: null,
      ratePerSecond: 1_000_000,
      requestsMax: 64,
      cacheBytesMax: 8 * 1024 * 1024,
      metrics: createMetrics({ events, tables: [], clock: systemClock, probes: NO_PROBES }),
      health: new Health({ parts: ['serve'], events }),
      toolVersion: '0.0.0-test',
      ...options,
    });
    this.#servers.push(api);
    return {
      api,
      failures: told,
      answered,
      get: (path, init) => fetch(`${api.url}${path}`, init),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface RunningApi {
  readonly api: ReadApi;
  readonly failures: readonly EventMap['http:failed'][];
  readonly answered: readonly EventMap['http:answered'][];
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
}

/** The path of a row's file. */
export function filePath(row: Pick<TestRow, 'uid' | 'createdAt'>, more = ''): string {
  return `/v1/files/${encodeURIComponent(row.uid)}?created_at=${formatMicros(row.createdAt as Micros)}${more}`;
}
