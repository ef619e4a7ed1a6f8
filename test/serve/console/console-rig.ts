import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { Events } from '../../../src/base/event-map.ts';
import type { Explanation } from '../../../src/cli/explain/explanation.ts';
import type { StatusReport, TableReport } from '../../../src/cli/status/status-report.ts';
import { formatMicros, MICROS_PER_SECOND, parseMicros } from '../../../src/model/micros.ts';
import type { Micros } from '../../../src/model/micros.ts';
import { ConsoleService } from '../../../src/serve/console/console-service.ts';
import type { ConsoleServiceOptions } from '../../../src/serve/console/console-service.ts';
import { GatherTally } from '../../../src/serve/console/gather-tally.ts';

export const TABLE = 'public.files';
/** What the rig's clock says when a test begins. */
export const BEGIN = parseMicros('2026-11-23T06:00:30Z')!;
const MINUTE = 60 * MICROS_PER_SECOND;

/** A console over servers that a test speaks for, by a clock of its own. */
export class ConsoleRig {
  readonly events = new Events();
  readonly done: string[] = [];
  readonly pausedSince = new Map<string, Micros>();
  now: Micros = BEGIN;
  status: () => Promise<StatusReport> = () => Promise.resolve(statusAt(this.now));
  explanation: () => Promise<Explanation> = () => Promise.resolve(nothingWrong(this.now));
  readonly service: ConsoleService;
  #tell: ((json: string) => void) | undefined;
  readonly #earlier: string[] = [];
  readonly #app: FastifyInstance;
  url = '';

  constructor(options: Partial<ConsoleServiceOptions> = {}) {
    this.service = new ConsoleService({
      identity: {
        ...{
          name: 'tidemark',
          toolVersion: '0.0.0-test',
          parts: ['capture', 'archive'],
          archivedBy: 'stream',
        },
        tables: [{ id: TABLE, sizeMicros: MINUTE, lagMicros: 5 * MINUTE, latenessMicros: MINUTE }],
        actions: { retry: true, replay: true, pause: true },
      },
      clock: { now: () => this.now },
      readStatus: () => this.status(),
      readExplanation: () => this.explanation(),
      followEvents: ({ onEvent, signal }) => {
        for (const json of this.#earlier) onEvent(json);
        this.#tell = onEvent;
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      },
      gathered: new GatherTally(this.events),
      pausedSince: this.pausedSince,
      clean: (text) => text.replaceAll('hunter2', '***'),
      pacesMs: { state: 20, status: 20, explanation: 20, events: 20 },
      beatMs: 100,
      actions: {
        retryRejects: (table) => Promise.resolve(this.#did(`retry ${table}`)),
        replay: ({ table, window, restore }) =>
          Promise.resolve(this.#did(`replay ${table} ${window} ${restore}`)),
        pause: ({ table, isPaused }) => {
          if (isPaused) this.pausedSince.set(table, this.now);
          else this.pausedSince.delete(table);
          return this.#did(`pause ${table} ${isPaused}`);
        },
      },
      tokens: null,
      events: this.events,
      hosts: ['tidemark.example'],
      ...options,
    });
    this.#app = Fastify({ logger: false, bodyLimit: 1_024, forceCloseConnections: true });
    this.service.addTo(this.#app);
  }

  async listen(): Promise<this> {
    this.url = await this.#app.listen({ host: '127.0.0.1', port: 0 });
    return this;
  }

  /** One CloudEvent of the archive, now or for the first who looks. */
  tell(event: object): void {
    const json = JSON.stringify(event);
    if (this.#tell === undefined) this.#earlier.push(json);
    else this.#tell(json);
  }

  close(): Promise<void> {
    return this.#app.close();
  }

  #did(text: string): { ok: boolean; lines: string[] } {
    this.done.push(text);
    return { ok: true, lines: [`done: ${text}`] };
  }
}

export function at(secondsBefore: number, now: Micros = BEGIN): string {
  return formatMicros((now - secondsBefore * MICROS_PER_SECOND) as Micros);
}

/** Two partitions, all that is due is archived. */
export function statusAt(now: Micros, table: Partial<TableReport> = {}): StatusReport {
  return {
    ...{ name: 'tidemark', at: formatMicros(now), archivedBy: 'stream', problems: [] },
    ...{ connector: null, marks: null },
    slot: {
      name: 'tidemark',
      state: 'active',
      activePid: 4711,
      lagBytes: 81_920,
      ...{ walKeepBytes: 10e9, walLeftBytes: 9e9, bytesPerSecond: 2_048, secondsLeft: 1_200_000 },
    },
    tables: [
      {
        table: TABLE,
        ...{
          archivedUntil: at(330, now),
          watermark: at(330, now),
          watermarkAgeSeconds: 330,
          behindSeconds: 0,
        },
        rows: {
          sent: 9_000,
          sealed: 6_000,
          notYetDue: 2_400,
          gathering: 600,
          overdue: 0,
          oldestOverdueSeconds: null,
        },
        windowsAfterWatermark: 6,
        partitions: [0, 1].map((partition) => ({
          ...{ partition, watermark: at(330, now), position: 4_500, rowsSealed: 3_000 },
          rows: {
            ...{ notYetDue: 1_200, gathering: 300, overdue: 0, oldestOverdueSeconds: null },
            ...{ kafkaLag: 1_503, sealedAhead: 0, marks: 2, rest: 1 },
          },
        })),
        ...{ lastSeals: [], lastRejects: [], cleanup: null, snapshot: null },
        ...table,
      },
    ],
  };
}

export function nothingWrong(now: Micros): Explanation {
  const table = { table: TABLE, watermark: at(330, now), nextWindowEnd: at(270, now), dueInSeconds: 30 };
  return { name: 'tidemark', at: formatMicros(now), causes: [], tables: [table] };
}

export function shardCreated(end: Micros, options: { readonly rows: number; readonly at: Micros }): object {
  const name = `${TABLE}/2026/11/23/${end}-p0of2-0001.tar.zst`;
  return {
    ...{ id: name, type: 'tidemark.shard.created.v1', time: formatMicros(options.at) },
    data: {
      table: TABLE,
      kind: 'window',
      partition: 0,
      shard: { name, rows: options.rows, bytes: options.rows * 1_000 },
    },
  };
}

export function windowSealed(end: Micros, archived: number): object {
  return {
    ...{ id: `${end}`, type: 'tidemark.window.sealed.v1', time: formatMicros(BEGIN) },
    data: { table: TABLE, partition: 0, window: { end: formatMicros(end) }, ledger: { archived } },
  };
}
