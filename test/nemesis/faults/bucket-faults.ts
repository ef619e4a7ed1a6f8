import type { Rule, SeenRequest } from '../../support/s3-proxy.ts';
import type { Fault } from '../fault.ts';
import type { SinkBucket } from '../sink-bucket.ts';
import type { World } from '../world.ts';

const broken = { targets: ['sink'], holdMs: [3_000, 7_000], settleMs: 4_000 } as const;
const CUT_AFTER_BYTES = 100;

export const bucketKill: Fault = {
  ...broken,
  name: 'bucket-kill',
  what: 'SIGKILL to the S3 server of the sink, which starts again later',
  run: async (world) => {
    const { server } = bucketOf(world);
    await server.kill();
    return () => server.restart();
  },
};

export const bucketSlowDown: Fault = {
  ...broken,
  name: 'bucket-slow-down',
  what: 'the store answers two requests of three with 503 SlowDown',
  run: (world) => breakRequests(world, (n) => (n % 3 === 0 ? undefined : SLOW_DOWN)),
};
const SLOW_DOWN = { answer: { status: 503, code: 'SlowDown' } };

export const bucketCuts: Fault = {
  ...broken,
  name: 'bucket-cuts',
  what: 'connections to the store are cut in the middle of what goes there and of what comes back, and answers are lost',
  run: (world) =>
    breakRequests(
      world,
      (n) =>
        [
          { cutRequestAfter: CUT_AFTER_BYTES },
          { cutAnswerAfter: CUT_AFTER_BYTES },
          { loseAnswer: true as const },
        ][n % 5],
    ),
};

export const bucketDamage: Fault = {
  ...broken,
  name: 'bucket-damage',
  what: 'every other time a bit of what goes to the store changes on its way',
  run: (world) =>
    breakRequests(world, (n, { method }) =>
      method === 'PUT' && n % 2 === 0 ? { damage: 'request' } : undefined,
    ),
};

function breakRequests(
  world: World,
  faultOf: (count: number, request: SeenRequest) => ReturnType<Rule>,
): Promise<() => void> {
  const { proxy } = bucketOf(world);
  let count = 0;
  proxy.breaks((request) => faultOf(count++, request));
  return Promise.resolve(() => proxy.breaks(() => undefined));
}

function bucketOf({ bucket }: World): SinkBucket {
  if (bucket === null) throw new Error('the sink is a folder: faults of a bucket come with --sink s3');
  return bucket;
}
