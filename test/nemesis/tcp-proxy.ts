import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/**
 * Stands between a client and a server, so that a test can break the line between them: in the middle of a message,
 * or without either side being told.
 */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #lines = new Set<Line>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async open(upstream: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
    const server = createServer((client) => {
      const line = new Line(client, connect(upstream));
      proxy.#lines.add(line);
      client.once('close', () => proxy.#lines.delete(line));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new TcpProxy(server);
    return proxy;
  }

  /**
   * Breaks the lines whose first message holds `text`, for example an application_name: half of the next piece that
   * the server sends still arrives.
   *
   * @returns how many lines there are.
   */
  cutMidway(text: string): number {
    const lines = this.#greetedWith(text);
    for (const line of lines) line.cutMidway();
    return lines.length;
  }

  /** Holds everything back, in both directions, on the lines whose first message holds `text`. @returns what ends it. */
  stall(text: string): () => void {
    const lines = this.#greetedWith(text);
    for (const line of lines) line.stall();
    return () => {
      for (const line of lines) line.resume();
    };
  }

  async close(): Promise<void> {
    for (const line of this.#lines) line.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #greetedWith(text: string): Line[] {
    return [...this.#lines].filter(({ greeting }) => greeting.includes(text));
  }
}

/** One client, and the connection to the server made for it. */
class Line {
  /** What the client said first. */
  greeting = '';
  readonly #client: Socket;
  readonly #server: Socket;
  #isStalled = false;
  #isCutting = false;
  /** Ends that came while the line was stalled: a half-open connection does not tell. */
  #untold: (() => void)[] = [];

  constructor(client: Socket, server: Socket) {
    this.#client = client;
    this.#server = server;
    client.once('data', (chunk) => (this.greeting = chunk.toString('latin1')));
    this.#carry(client, server);
    this.#carry(server, client);
  }

  cutMidway(): void {
    this.#isCutting = true;
  }

  stall(): void {
    this.#isStalled = true;
    this.#client.pause();
    this.#server.pause();
  }

  resume(): void {
    this.#isStalled = false;
    this.#client.resume();
    this.#server.resume();
    for (const tell of this.#untold.splice(0)) tell();
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #carry(from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      if (this.#isCutting && from === this.#server) {
        to.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => this.destroy());
        return;
      }
      if (to.write(chunk)) return;
      from.pause();
      to.once('drain', () => {
        if (!this.#isStalled) from.resume();
      });
    });
    from.on('end', () => this.#tell(() => to.end()));
    from.on('close', () => this.#tell(() => to.destroy()));
    // 'close' follows and tells the other side.
    from.on('error', () => undefined);
  }

  #tell(act: () => void): void {
    if (this.#isStalled) this.#untold.push(act);
    else act();
  }
}
