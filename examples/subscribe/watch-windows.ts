/**
 * Says of each window when it is complete, and how far the table is archived: two streams as observables, each with one
 * delivery at a time.
 *
 *   npx tsx examples/subscribe/watch-windows.ts BROKERS NAME TABLE
 */
import { concatMap, merge } from 'rxjs';
import { createSubscriber } from 'tidemark/client';

const [brokers, name, table] = process.argv.slice(2);
if (brokers === undefined || name === undefined || table === undefined) {
  console.error('usage: watch-windows.ts BROKERS NAME TABLE');
  process.exit(2);
}

const subscriber = createSubscriber({
  kafka: { brokers: brokers.split(',') },
  ...{ name, table, groupId: `${name}-watch-windows`, from: 'beginning' },
});
const windows$ = subscriber.windows$.pipe(
  concatMap(async ({ value: { window, shards, ledger }, done }) => {
    console.log(`window ${window.end}: ${ledger.archived} rows in ${shards.length} shards`);
    await done();
  }),
);
const watermark$ = subscriber.watermark$.pipe(
  concatMap(async ({ value: { watermark }, done }) => {
    console.log(`archived until ${watermark}`);
    await done();
  }),
);
const subscription = merge(windows$, watermark$).subscribe({
  error: (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
});
process.once('SIGTERM', () => {
  subscription.unsubscribe();
  void subscriber.close();
});
