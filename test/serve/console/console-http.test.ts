import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Events } from '../../../src/base/event-map.ts';
import { micros } from '../../../src/model/micros.ts';
import { TokenFile } from '../../../src/serve/read-api/token-file.ts';
import { ConsoleViewer } from '../../support/console-viewer.ts';
import { sendBytes, statusOf } from '../raw-request.ts';
import { ConsoleRig, statusAt, TABLE } from './console-rig.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const folder = mkdtempSync(join(tmpdir(), 'tidemark-console-'));
writeFileSync(join(folder, 'tokens'), `${TOKEN}\n`);
const tokens = await TokenFile.open({ path: join(folder, 'tokens'), events: new Events() });
const rigs: ConsoleRig[] = [];

afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function serve(options: ConstructorParameters<typeof ConsoleRig>[0] = {}): Promise<ConsoleRig> {
  const rig = await new ConsoleRig(options).listen();
  rigs.push(rig);
  return rig;
}

/** Asks under any name. @returns the status and the whole answer. */
async function ask(
  rig: ConsoleRig,
  head: string,
  body = '',
): Promise<{ status: number | undefined; text: string }> {
  const lines = `${head}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const text = await sendBytes(rig.url, Buffer.from(lines), 'open');
  return { status: statusOf(text), text };
}

describe('every answer of the console', () => {
  it('lets the browser load nothing from elsewhere, run nothing inline, and frame it nowhere', async () => {
    const rig = await serve();
    for (const path of [
      '/console/',
      '/console/main.js',
      '/console/uPlot.iife.min.js',
      '/console/state',
      '/console/nothing',
    ]) {
      const { headers } = await fetch(`${rig.url}${path}`);
      const policy = headers.get('content-security-policy') ?? '';
      if (path === '/console/nothing') continue;
      expect(policy, path).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('referrer-policy'), path).toBe('no-referrer');
      expect(headers.get('access-control-allow-origin'), path).toBeNull();
      expect(headers.get('set-cookie'), path).toBeNull();
    }
  });

  it('serves the page and nothing that is not part of it', async () => {
    const rig = await serve();
    expect((await fetch(rig.url)).url).toBe(`${rig.url}/console/`);
    const html = await (await fetch(`${rig.url}/console/`)).text();
    expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org)|<style|<script>|style="|onclick/);
    for (const path of ['/console/../console-service.ts', '/console/%2e%2e/viewers.ts', '/console/main.ts'])
      expect((await ask(rig, `GET ${path} HTTP/1.1\r\nHost: localhost`)).status, path).toBe(404);
  });

  it('is refused under a name that is not its own: a page whose name leads here gets nothing', async () => {
    const rig = await serve();
    const statuses: Record<string, number | undefined> = {};
    const hosts = [
      'localhost:9464',
      '127.0.0.1',
      '[::1]:9464',
      '10.1.2.3:80',
      'tidemark.example',
      'TIDEMARK.example:443',
    ];
    for (const host of [
      ...hosts,
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'a b',
      '',
    ])
      statuses[host] = (await ask(rig, `GET /console/state HTTP/1.1\r\nHost: ${host}`)).status;
    expect(statuses).toEqual({
      ...Object.fromEntries(hosts.map((host) => [host, 200])),
      ...{
        'evil.example': 403,
        'localhost.evil.example': 403,
        '127.0.0.1.evil.example': 403,
        'a b': 403,
        '': 403,
      },
    });
  });

  it('never holds what a server said of a secret', async () => {
    const rig = await serve();
    rig.explanation = () => Promise.reject(new Error('connect postgres://app:hunter2@db'));
    const viewer = await ConsoleViewer.open(rig.url);
    const { readings } = await viewer.until((state) => state.readings.explanation.problem !== null);
    expect(readings.explanation.problem).toBe('connect postgres://app:***@db');
    await viewer.close();
  });
});

describe('an action', () => {
  const pause = JSON.stringify({ table: TABLE, isPaused: true });
  const head = (path: string, rig: ConsoleRig, more: readonly string[]) =>
    [
      `POST /console/actions/${path} HTTP/1.1`,
      `Host: ${new URL(rig.url).host}`,
      'Content-Type: application/json',
      ...more,
    ].join('\r\n');

  it('needs the page’s own origin and a token in the header, and then does what it says', async () => {
    const rig = await serve({ tokens });
    const told: object[] = [];
    rig.events.on('console:acted', (event) => told.push(event));
    const own = [`Origin: ${rig.url}`, `Authorization: Bearer ${TOKEN}`];
    const attempts: Record<string, readonly string[]> = {
      'no origin': [own[1]!],
      'another origin': ['Origin: http://evil.example', own[1]!],
      'another port': ['Origin: http://127.0.0.1:1', own[1]!],
      'an opaque origin': ['Origin: null', own[1]!],
      'another site': [...own, 'Sec-Fetch-Site: cross-site'],
      'no token': [own[0]!],
      'a token in a cookie': [own[0]!, `Cookie: token=${TOKEN}`],
      'a wrong token': [own[0]!, 'Authorization: Bearer ffffffffffffffffffffffffffffffff'],
    };
    const statuses: Record<string, number | undefined> = {};
    for (const [name, headers] of Object.entries(attempts))
      statuses[name] = (await ask(rig, head('pause', rig, headers), pause)).status;
    expect(statuses).toEqual({
      ...{
        'no origin': 403,
        'another origin': 403,
        'another port': 403,
        'an opaque origin': 403,
        'another site': 403,
      },
      ...{ 'no token': 401, 'a token in a cookie': 401, 'a wrong token': 401 },
    });
    const inTheAddress = await ask(rig, head(`pause?token=${TOKEN}`, rig, [own[0]!]), pause);
    expect(inTheAddress.status).toBe(401);
    expect(rig.done).toEqual([]);
    expect((await ask(rig, head('pause', rig, own), pause)).text).toContain(`done: pause ${TABLE} true`);
    const replay = JSON.stringify({ table: TABLE, window: '2026-11-23T06:00:00Z', restore: false });
    expect((await ask(rig, head('replay', rig, own), replay)).status).toBe(200);
    expect((await ask(rig, head('retry-rejects', rig, own), `{"table":"${TABLE}"}`)).status).toBe(200);
    expect(rig.done).toEqual([
      `pause ${TABLE} true`,
      `replay ${TABLE} 2026-11-23T06:00:00Z false`,
      `retry ${TABLE}`,
    ]);
    expect(told[0]).toEqual({
      action: 'pause',
      table: TABLE,
      caller: expect.stringMatching(/^token [0-9a-f]{8}$/) as string,
      isDone: true,
    });
  });

  it('is refused with what is wrong: another table, another field, no JSON, GET', async () => {
    const rig = await serve({ tokens });
    const own = [`Origin: ${rig.url}`, `Authorization: Bearer ${TOKEN}`];
    for (const body of [
      '{"table":"other","isPaused":true}',
      '{"table":"public.files"}',
      `{"table":"${TABLE}","isPaused":true,"x":1}`,
      '{',
    ])
      expect((await ask(rig, head('pause', rig, own), body)).status, body).toBe(400);
    const form = head('pause', rig, own).replace('application/json', 'application/x-www-form-urlencoded');
    expect((await ask(rig, form, `table=${TABLE}`)).status).toBe(415);
    expect((await fetch(`${rig.url}/console/actions/pause`)).status).toBe(404);
    expect(rig.done).toEqual([]);
  });

  it('is none where there is no file of tokens', async () => {
    const rig = await serve();
    const { status, text } = await ask(
      rig,
      head('pause', rig, [`Origin: ${rig.url}`, `Authorization: Bearer ${TOKEN}`]),
      pause,
    );
    expect(status).toBe(403);
    expect(text).toContain('ERR_CONSOLE_READ_ONLY');
  });
});

describe('the events of the console', () => {
  it('begin with the whole state, go on with what changed, and beat while nothing does', async () => {
    const rig = await serve();
    const viewer = await ConsoleViewer.open(rig.url);
    expect(viewer.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect((await viewer.next()).event).toBe('state');
    await viewer.until(({ tables }) => tables[TABLE]!.watermark !== null);
    rig.status = () => Promise.resolve(statusAt(rig.now, { watermark: '2026-11-23T05:56:00.000000Z' }));
    await viewer.until(({ tables }) => tables[TABLE]!.watermark === '2026-11-23T05:56:00.000000Z');
    const change = JSON.parse(viewer.received.at(-1)!.data) as { tables: object; slot?: object };
    expect(change.slot).toBeUndefined();
    expect(Object.keys(change.tables)).toEqual([TABLE]);
    while ((await viewer.next()).event !== 'beat');
    await viewer.close();
  });

  it('tell one who comes again what it missed, and everything when that is not known', async () => {
    const rig = await serve();
    const [first, second] = [await ConsoleViewer.open(rig.url), await ConsoleViewer.open(rig.url)];
    await first.until(({ tables }) => tables[TABLE]!.watermark !== null);
    const { id } = first.received.at(-1)!;
    await first.close();
    rig.status = () => Promise.resolve(statusAt(rig.now, { watermark: '2026-11-23T05:57:00.000000Z' }));
    await second.until(({ tables }) => tables[TABLE]!.watermark === '2026-11-23T05:57:00.000000Z');
    const again = await ConsoleViewer.open(rig.url, { 'last-event-id': id });
    again.state = first.state;
    await again.until(({ tables }) => tables[TABLE]!.watermark === '2026-11-23T05:57:00.000000Z');
    expect(again.received.map(({ event }) => event)).not.toContain('state');
    expect(again.state).toEqual(second.state);
    for (const other of ['00000000-1', 'junk', `${id}0000`]) {
      const stranger = await ConsoleViewer.open(rig.url, { 'last-event-id': other });
      expect((await stranger.next()).event, other).toBe('state');
      await stranger.close();
    }
    await Promise.all([second.close(), again.close()]);
  });

  it('are collected once for all who look, and not at all when nobody does', async () => {
    const rig = await serve();
    let readings = 0;
    rig.status = () => {
      readings++;
      return new Promise(() => undefined);
    };
    expect(rig.service.isCollecting).toBe(false);
    const viewers = [
      await ConsoleViewer.open(rig.url),
      await ConsoleViewer.open(rig.url),
      await ConsoleViewer.open(rig.url),
    ];
    await Promise.all(
      viewers.map((viewer) => viewer.until(({ readings: { explanation } }) => explanation.at !== null)),
    );
    expect(readings).toBe(1);
    await Promise.all(viewers.map((viewer) => viewer.close()));
    await expect.poll(() => rig.service.isCollecting).toBe(false);
    await fetch(`${rig.url}/console/state`);
    expect(readings).toBe(1);
  });

  it('are refused to more viewers than there may be, and to a new one when another leaves no more', async () => {
    const rig = await serve({ viewersMax: 2 });
    const viewers = [await ConsoleViewer.open(rig.url), await ConsoleViewer.open(rig.url)];
    const refused = await fetch(`${rig.url}/console/events`);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'ERR_CONSOLE_FULL' });
    await viewers[0]!.close();
    await expect
      .poll(async () => {
        const next = await ConsoleViewer.open(rig.url);
        const { status } = next.response;
        await next.close();
        return status;
      })
      .toBe(200);
    await viewers[1]!.close();
  });

  it('say what could not be read, and keep what was known', async () => {
    const rig = await serve();
    const viewer = await ConsoleViewer.open(rig.url);
    await viewer.until(({ tables }) => tables[TABLE]!.watermark !== null);
    rig.now = micros(rig.now + 60_000_000);
    rig.status = () => Promise.reject(new Error('no such host'));
    const state = await viewer.until(({ readings }) => readings.status.problem !== null);
    expect(state.readings.status).toEqual({ at: '2026-11-23T06:00:30.000000Z', problem: 'no such host' });
    expect(state.tables[TABLE]!.watermark).not.toBeNull();
    await viewer.close();
  });
});
