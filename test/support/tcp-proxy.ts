import { EventEmitter, once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** Postgres's ReadyForQuery of a session without a transaction. */
const READY_FOR_QUERY = Buffer.from('Z\0\0\0\x05I', 'latin1');

/** One connection through the proxy. */
export class ProxiedConnection {
  /** The first bytes that the client sent, as Latin-1: Postgres's startup message names user and application. */
  greeting = '';
  readonly #client: Socket;
  readonly #server: Socket;
  #isStalled = false;
  #bytesToClientLeft = Number.POSITIVE_INFINITY;
  /** What the server has sent and the client is to get when the server hangs up. */
  #kept: Buffer[] | undefined;
  #onReady: (() => void) | undefined;

  constructor(client: Socket, server: Socket) {
    this.#client = client;
    this.#server = server;
    client.on('data', (chunk) => {
      if (this.greeting === '') this.greeting = chunk.toString('latin1');
      if (!this.#isStalled) server.write(chunk);
    });
    server.on('data', (chunk) => this.#toClient(chunk));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      // A reset is what a cut connection is for.
      one.on('error', () => undefined);
      one.on('close', () => {
        if (one === server && this.#kept !== undefined) client.end(Buffer.concat(this.#kept));
        // What hangs up behind a dead link is not heard on the other side.
        else if (!this.#isStalled) other.destroy();
      });
    }
  }

  get isOpen(): boolean {
    return !this.#client.destroyed;
  }

  /** Both ends stay open and every byte is swallowed, as behind a firewall that has forgotten the connection. */
  stall(): void {
    this.#isStalled = true;
  }

  /** Keeps what the client sends until {@link release}. */
  hold(): void {
    this.#client.pause();
  }

  release(): void {
    this.#client.resume();
  }

  /** Cuts the connection once so many more bytes have reached the client. */
  cutAfter(bytes: number): void {
    this.#bytesToClientLeft = bytes;
  }

  /**
   * Keeps what the server sends until it hangs up; then the client gets all of it at once. During a login that
   * begins with its last message.
   *
   * @returns when the server has said that it is ready for a query.
   */
  answerAtTheEnd(): Promise<void> {
    return new Promise((resolve) => (this.#onReady = resolve));
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #toClient(chunk: Buffer): void {
    if (this.#isStalled) return;
    if (this.#onReady !== undefined && chunk.includes(READY_FOR_QUERY)) {
      this.#kept ??= [];
      this.#onReady();
    }
    if (this.#kept !== undefined) {
      this.#kept.push(chunk);
      return;
    }
    const passed = chunk.subarray(0, this.#bytesToClientLeft);
    this.#bytesToClientLeft -= passed.length;
    this.#client.write(passed, () => {
      if (this.#bytesToClientLeft === 0) this.destroy();
    });
  }
}

/** Stands between a client and a TCP server, to cut a connection in the middle or let it die in silence. */
export class TcpProxy {
  readonly #server: Server;
  readonly #connections = new Set<ProxiedConnection>();
  readonly #arrivals = new EventEmitter<{ greeting: [ProxiedConnection] }>();
  #isRefusing = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param target a URL whose host and port are stood in for, for example postgres://…. */
  static async start(target: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(target);
    const server = createServer();
    const proxy = new TcpProxy(server);
    server.on('connection', (client: Socket) => {
      if (proxy.#isRefusing) {
        client.destroy();
        return;
      }
      const connection = new ProxiedConnection(client, connect({ host: hostname, port: Number(port) }));
      proxy.#connections.add(connection);
      client.once('data', () => proxy.#arrivals.emit('greeting', connection));
      client.on('close', () => proxy.#connections.delete(connection));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  /** The same URL by way of the proxy. */
  urlOf(target: string): string {
    const url = new URL(target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** The open connections whose greeting holds the text. */
  findAll(text: string): ProxiedConnection[] {
    return [...this.#connections].filter(({ greeting }) => greeting.includes(text));
  }

  /** The first of them. */
  find(text: string): ProxiedConnection {
    const [found] = this.findAll(text);
    if (found === undefined) throw new Error(`no connection through the proxy says ${text}`);
    return found;
  }

  /** The next connection, once its greeting is there. */
  async next(): Promise<ProxiedConnection> {
    const [connection] = (await once(this.#arrivals, 'greeting')) as [ProxiedConnection];
    return connection;
  }

  /** Takes no new connection; those that are open stay. */
  refuse(): void {
    this.#isRefusing = true;
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
