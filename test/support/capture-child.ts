import { startCapture } from './capture-rig.ts';
import type { CaptureSetup } from './capture-rig.ts';

/** Runs one capture until it is killed, or drained by SIGTERM. Each event becomes a line for the parent. */
const setup = JSON.parse(process.argv[2]!) as CaptureSetup;
const { stage, events, ended } = startCapture(setup);
for (const name of [
  'capture:started',
  'capture:waiting',
  'capture:committed',
  'snapshot:finished',
] as const) {
  events.on(name, (payload: object) => {
    const line = JSON.stringify({ name, ...payload }, (_key, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    );
    process.stdout.write(`${line}\n`);
  });
}
process.once('SIGTERM', () => {
  stage.drain().catch(() => undefined);
});
try {
  await ended;
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
