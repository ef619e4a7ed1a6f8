/**
 * Loaded into a process before its code (`node --import`): its wall clock jumps to the next of the shifts that
 * TIDEMARK_TEST_CLOCK names, in milliseconds with commas between them, each time that SIGUSR2 comes.
 */
const shifts = (process.env.TIDEMARK_TEST_CLOCK ?? '0').split(',').map(Number);
const realNow = Date.now.bind(Date);
const RealDate = Date;

Date.now = () => realNow() + shifts[0];
globalThis.Date = new Proxy(RealDate, {
  construct: (target, parts) => (parts.length === 0 ? new target(target.now()) : new target(...parts)),
});

process.on('SIGUSR2', () => {
  if (shifts.length > 1) shifts.shift();
  process.stderr.write(`{"msg":"clock shifted","byMs":${shifts[0]}}\n`);
});
