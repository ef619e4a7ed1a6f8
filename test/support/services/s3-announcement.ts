import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { RunningServices } from './start-services.ts';

type S3Found = { readonly url: string } | { readonly problem: string };

export interface S3Announcement {
  /** For {@link awaitS3}, also of another process. */
  readonly address: string;
  /** Stops the server that was started, when it is there. */
  stop(): Promise<void>;
}

/** Starts an S3 server, and tells whoever asks when it is there or why there is none. Does not wait for it. */
export async function announceS3(start: () => Promise<RunningServices>): Promise<S3Announcement> {
  const starting = start().then(
    (services) => ({ services, found: { url: services.s3Url } }),
    (error: unknown) => ({ services: null, found: { problem: (error as Error).message } }),
  );
  const server = createServer((_request, response) => {
    void starting.then(({ found }) => response.end(JSON.stringify(found)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      const { services } = await starting;
      await services?.stop();
    },
  };
}

/** @returns `http://ACCESS:SECRET@host:port`. @throws Error with what is missing. */
export async function awaitS3(address: string): Promise<string> {
  // Not `fetch`, which gives up after five minutes.
  const body = await new Promise<string>((resolve, reject) => {
    get(address, (response) => void text(response).then(resolve, reject)).once('error', reject);
  });
  const found = JSON.parse(body) as S3Found;
  if ('problem' in found) throw new Error(found.problem);
  return found.url;
}
