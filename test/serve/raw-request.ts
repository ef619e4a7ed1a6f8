import { connect } from 'node:net';

/**
 * Sends bytes to a server and nothing more.
 *
 * @param ending `half-closed` tells the server that no more comes, and Node then gives up what it has not answered yet;
 * `open` is for requests that ask for the connection to be closed.
 * @returns what comes back until the server closes.
 */
export function sendBytes(
  url: string,
  bytes: Buffer,
  ending: 'half-closed' | 'open' = 'half-closed',
): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // The server may close before it has read everything.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    if (ending === 'open') socket.write(bytes);
    else socket.end(bytes);
  });
}

/** The first status of an answer; undefined when the server answered nothing. */
export function statusOf(answer: string): number | undefined {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1];
  return status === undefined ? undefined : Number(status);
}

export function rawRequest(path: string, headers: readonly string[] = []): Buffer {
  const lines = [`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''];
  return Buffer.from(lines.join('\r\n'));
}
