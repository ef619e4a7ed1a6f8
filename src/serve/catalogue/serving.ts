import type { Metric } from './metric.ts';

/** `tidemark serve`: the archive over HTTP. */
export const SERVING_METRICS = {
  httpRequests: {
    name: 'des_http_requests_total',
    type: 'counter',
    help: 'Requests that `tidemark serve` has answered, by path and status.',
    labels: { route: 'paths', status: 'HTTP status codes' },
    look: '5xx: `des_http_failures_total`',
  },
  httpBytes: {
    name: 'des_http_bytes_total',
    type: 'counter',
    help: 'Bytes written for them, headers included.',
    labels: { route: 'paths' },
    look: 'what the network carries',
  },
  httpDuration: {
    name: 'des_http_request_duration_seconds',
    type: 'histogram',
    help: 'Time from a request to the end of its answer.',
    labels: { route: 'paths' },
    look: 'long without much traffic: the sink is slow',
  },
  httpBrokenOff: {
    name: 'des_http_broken_off_total',
    type: 'counter',
    help: 'Answers that did not come to their end.',
    labels: { route: 'paths' },
    look: 'callers hung up, or a shard could not be read to its end',
  },
  httpFailures: {
    name: 'des_http_failures_total',
    type: 'counter',
    help: 'Answers that failed on our side, by the code of the error.',
    labels: { code: 'error codes' },
    look: 'docs/errors.md has each code; `unforeseen` is a defect',
  },
} as const satisfies Record<string, Metric>;
