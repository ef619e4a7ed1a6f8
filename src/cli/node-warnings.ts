/** KafkaJS 2.2.4 asks for timers in the past, which run at once as it wants; Node 24 warns of each first one. */
const HARMLESS = new Set(['TimeoutNegativeWarning']);

/** Prints Node's warnings as messages of the command, but for those that nobody can act on. */
export function sayWarnings(say: (text: string) => void): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    if (!HARMLESS.has(name)) say(`${name}: ${message}\n`);
  });
}
