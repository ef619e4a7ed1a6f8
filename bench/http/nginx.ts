import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../test/support/services/free-port.ts';
import { untilAnswers } from './until-answers.ts';

/** Debian puts it where an ordinary user's PATH does not lead. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;

export interface RunningPeer {
  readonly url: string;
  stop(): void;
}

/**
 * nginx with the files of a folder, as its documentation has it for static files.
 *
 * @throws when it cannot be had, with how to get it.
 */
export async function startNginx(options: {
  readonly folder: string;
  readonly work: string;
}): Promise<RunningPeer> {
  try {
    execFileSync('nginx', ['-v'], { env: { PATH }, stdio: 'ignore' });
  } catch (cause) {
    throw new Error('the peer of this benchmark is missing: apt-get install nginx-light', { cause });
  }
  const [port] = await freePorts(1);
  const prefix = join(options.work, 'nginx');
  mkdirSync(prefix, { recursive: true });
  const file = join(prefix, 'nginx.conf');
  writeFileSync(file, configuration({ port: port!, prefix, root: options.folder }));
  const child = spawn('nginx', ['-p', prefix, '-c', file, '-e', join(prefix, 'error.log')], {
    env: { PATH },
    stdio: 'inherit',
  });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(url, child);
  return { url, stop: () => void child.kill('SIGTERM') };
}

function configuration({ port, prefix, root }: { port: number; prefix: string; root: string }): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `
daemon off; ${user}
worker_processes auto;
pid ${join(prefix, 'nginx.pid')};
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on; tcp_nopush on;
  keepalive_requests 1000000;
  ${folders.map((name) => `${name}_temp_path ${join(prefix, name)};`).join(' ')}
  server { listen 127.0.0.1:${port}; root ${root}; }
}
`;
}
