import type { Socket } from 'node:net';
import { TidemarkError } from '../../base/errors.ts';
import { problemOf } from './problem.ts';

/** What Node's parser refuses: [status, what is wrong]. */
const REFUSALS: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'Request Header Fields Too Large',
    'the request line and its headers are too long',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'the request did not come to its end in time'],
};

/** Answers what is no request of HTTP, which no hook and no handler ever see, and closes the connection. */
export function refuseUnread(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, title, detail] = REFUSALS[error.code ?? ''] ?? [
    400,
    'Bad Request',
    'this is no request of HTTP/1.1',
  ];
  const problem = { ...problemOf(new TidemarkError('ERR_HTTP_REQUEST', { detail })), status, title };
  const body = JSON.stringify(problem);
  if (socket.writable)
    socket.write(
      [
        `HTTP/1.1 ${status} ${title}`,
        'Content-Type: application/problem+json',
        'Cache-Control: no-store',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  socket.destroy(error);
}
