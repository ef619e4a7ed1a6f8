/** KafkaJS 2.2.4 asks for timers in the past, which run at once as it wants; Node 24 warns of each first one. */
const HARMLESS = new Set(['TimeoutNegativeWarning']);
/** The SDK of AWS says on Node 20 that versions of it to come will need Node 22. The lockfile says which one runs here. */
const HARMLESS_TEXT = /^NodeVersionSupportWarning: The AWS SDK/;

/** Prints Node's warnings as messages of the command, but for those that nobody can act on. */
export function sayWarnings(say: (text: string) => void): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    if (!HARMLESS.has(name) && !HARMLESS_TEXT.test(message)) say(`${name}: ${message}\n`);
  });
}
