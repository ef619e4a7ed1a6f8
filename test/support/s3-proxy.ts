import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An error of S3's by its code, or a body as it is. */
type Answer = { readonly status: number } & ({ readonly code: string } | { readonly body: string });

/** What happens to one request; whatever is left out goes through unchanged. */
export interface Fault {
  /** The server never hears of it; this is the answer. */
  readonly answer?: Answer;
  /** The connection is cut after so many bytes of the body have gone to the server. */
  readonly cutRequestAfter?: number;
  /** The same of the answer's body, on its way back. */
  readonly cutAnswerAfter?: number;
  /** The server does what was asked, and its answer is lost. */
  readonly loseAnswer?: true;
  /** One bit of the body is changed on its way. */
  readonly damage?: 'request' | 'answer';
  /** Waits before the server hears of it. */
  readonly hold?: Promise<void>;
}

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Names the fault of a request, or none. */
export type Rule = (request: SeenRequest) => Fault | undefined;

/** Stands between a client and an S3 server and breaks single requests. The signature holds: it is of the name `127.0.0.1:port` that the client uses. */
export class S3Proxy {
  readonly seen: SeenRequest[] = [];
  /** Bytes of bodies that clients have sent and no answer has followed yet, and the most that there ever were. */
  bytesInFlight = 0;
  bytesInFlightMax = 0;
  readonly #server: Server;
  readonly #target: URL;
  #rule: Rule = () => undefined;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
  }

  static async start(endpoint: string): Promise<S3Proxy> {
    const server = createServer();
    const proxy = new S3Proxy(server, new URL(endpoint));
    server.on('request', (request, response) => void proxy.#pass(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on. */
  breaks(rule: Rule): void {
    this.#rule = rule;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    this.seen.push({ method, url, headers });
    const fault = this.#rule({ method, url, headers }) ?? {};
    // A reset is what a cut connection is for.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const body = await this.#bodyOf(request, fault);
    if (body === null) return;
    try {
      await fault.hold;
      if (fault.answer === undefined) await this.#forward({ method, url, headers }, body, response, fault);
      else refuse(response, fault.answer);
    } catch {
      // The server is away: for the client too.
      response.destroy();
    } finally {
      this.bytesInFlight -= body.length;
    }
  }

  /** @returns null when the connection was cut. */
  async #bodyOf(request: IncomingMessage, fault: Fault): Promise<Buffer | null> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        bytes += chunk.length;
        this.bytesInFlight += chunk.length;
        this.bytesInFlightMax = Math.max(this.bytesInFlightMax, this.bytesInFlight);
        if (bytes >= (fault.cutRequestAfter ?? Number.POSITIVE_INFINITY)) {
          this.bytesInFlight -= bytes;
          request.destroy();
          return null;
        }
      }
    } catch {
      this.bytesInFlight -= bytes;
      return null;
    }
    return Buffer.concat(chunks);
  }

  async #forward(
    { method, url, headers }: SeenRequest,
    body: Buffer,
    response: ServerResponse,
    fault: Fault,
  ): Promise<void> {
    const forwarded = ask({
      host: this.#target.hostname,
      port: this.#target.port,
      method,
      path: url,
      headers,
    });
    forwarded.end(fault.damage === 'request' ? flipped(body) : body);
    const [answer] = (await once(forwarded, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
    if (fault.loseAnswer === true) {
      response.destroy();
      return;
    }
    const content = fault.damage === 'answer' ? flipped(Buffer.concat(chunks)) : Buffer.concat(chunks);
    response.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
    if (fault.cutAnswerAfter === undefined) {
      response.end(content);
      return;
    }
    await new Promise<void>((written) =>
      response.write(content.subarray(0, fault.cutAnswerAfter), () => written()),
    );
    response.destroy();
  }
}

function flipped(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const middle = Math.floor(changed.length / 2);
  if (changed.length > 0) changed[middle] = changed[middle]! ^ 1;
  return changed;
}

function refuse(response: ServerResponse, answer: Answer): void {
  const text = textOf(answer);
  const headers = { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(text) };
  response.writeHead(answer.status, headers);
  response.end(text);
}

function textOf(answer: Answer): string {
  if ('body' in answer) return answer.body;
  // An error in an answer of success is an error to the SDK.
  if (answer.status === 200) return '';
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${answer.code}</Code><Message>as the test says</Message></Error>`;
}
