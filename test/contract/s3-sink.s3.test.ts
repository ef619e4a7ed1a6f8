import { afterAll, beforeAll } from 'vitest';
import { openSink } from '../../src/sinks/open-sink.ts';
import { freshBucket } from '../support/services/fresh-bucket.ts';
import type { FreshBucket } from '../support/services/fresh-bucket.ts';
import { describeSinkContract } from './sink-contract.ts';

let bucket: FreshBucket;
let count = 0;

beforeAll(async () => {
  bucket = await freshBucket();
});
afterAll(() => bucket.drop());

describeSinkContract('S3', () => {
  const url = bucket.url({ prefix: `contract/${++count}` });
  return Promise.resolve({ sink: openSink(url), reopen: () => openSink(url) });
});
