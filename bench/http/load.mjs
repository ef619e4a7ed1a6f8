/**
 * Fetches files over HTTP for a while, in a process of its own so that a client's work is not counted as a server's.
 *
 * Argument: JSON { url, listing (a file with a path a line), connections, seconds, order: 'random' | 'in turn' }.
 * Prints JSON { files, bytes, seconds, p50Ms, p99Ms }.
 */
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';

const { url, listing, connections, seconds, order } = JSON.parse(process.argv[2]);
const paths = readFileSync(listing, 'utf8').split('\n');
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const { hostname, port } = new URL(url);

let [files, bytes, turn, state] = [0, 0, 0, 1];
const latenciesMs = [];

/** Lehmer's generator: every server is asked for the same files in the same order. */
function next() {
  if (order === 'in turn') return paths[turn++ % paths.length];
  state = (state * 48_271) % 2_147_483_647;
  return paths[state % paths.length];
}

function fetchOne() {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const request = get({ agent, hostname, port, path: next() }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode} for ${request.path}`));
      response.on('data', (chunk) => (bytes += chunk.length));
      response.on('error', reject);
      response.on('end', () => {
        files++;
        latenciesMs.push(performance.now() - began);
        resolve();
      });
    });
    request.on('error', reject);
  });
}

const began = performance.now();
const end = began + seconds * 1_000;
await Promise.all(
  Array.from({ length: connections }, async () => {
    while (performance.now() < end) await fetchOne();
  }),
);
agent.destroy();
latenciesMs.sort((a, b) => a - b);
const at = (share) => latenciesMs[Math.floor(share * (latenciesMs.length - 1))];
process.stdout.write(
  JSON.stringify({
    files,
    bytes,
    seconds: (performance.now() - began) / 1_000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  }),
);
