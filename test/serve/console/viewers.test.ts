import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import type { ConsoleState } from '../../../src/serve/console/console-state.ts';
import { Viewers } from '../../../src/serve/console/viewers.ts';

/** What a connection is to the viewers: texts go in, and the other side may be slow. */
class Connection extends EventEmitter {
  text = '';
  writableLength = 0;

  write(text: string): boolean {
    this.text += text;
    return true;
  }

  destroy(): void {
    this.emit('close');
  }

  get asResponse(): ServerResponse {
    return this as unknown as ServerResponse;
  }

  get events(): string[] {
    return [...this.text.matchAll(/^event: (\w+)/gm)].map((match) => match[1]!);
  }

  get lastId(): string {
    return /^id: (.+)$/m.exec(this.text.slice(this.text.lastIndexOf('id: ')))![1]!;
  }
}

const opened: Connection[] = [];

afterEach(() => {
  for (const connection of opened.splice(0)) connection.destroy();
});

function connect(viewers: Viewers, lastEventId?: string): Connection {
  const connection = new Connection();
  opened.push(connection);
  viewers.add(connection.asResponse, lastEventId);
  return connection;
}

const stateOf = (number: number) =>
  ({ name: 'tidemark', at: `${number}`, causesMore: number }) as ConsoleState;

function start(): Viewers {
  const none = (): void => undefined;
  return new Viewers({ viewersMax: 9, onFirst: none, onLast: none, state: () => stateOf(0) });
}

it('tells one who was away for 30 changes what it missed, and for 31 the whole state', () => {
  const viewers = start();
  const connection = connect(viewers);
  const { lastId } = connection;
  for (let number = 1; number <= 30; number++) viewers.show(stateOf(number));
  expect(connect(viewers, lastId).events).toEqual(Array<string>(30).fill('change'));
  viewers.show(stateOf(31));
  expect(connect(viewers, lastId).events).toEqual(['state']);
  expect(connect(viewers, connection.lastId).events).toEqual([]);
});

it('tells nothing when nothing but the time has changed', () => {
  const viewers = start();
  const connection = connect(viewers);
  viewers.show({ ...stateOf(0), at: 'later' });
  expect(connection.events).toEqual(['state']);
});

it('lets go of one who does not read, and of nobody else', () => {
  const viewers = start();
  const [slow, quick] = [connect(viewers), connect(viewers)];
  slow.writableLength = 2 * 1024 * 1024;
  viewers.show(stateOf(1));
  expect(viewers.count).toBe(1);
  expect(quick.events).toEqual(['state', 'change']);
});
