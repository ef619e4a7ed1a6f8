import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { KAFKA_VARIABLE, POSTGRES_VARIABLE } from './given-services.ts';
import { services } from './services.ts';

const SCRIPT = fileURLToPath(new URL('./run-with-services.ts', import.meta.url));

/** With the servers of this test run given, so that none is started. */
async function run(args: readonly string[]) {
  const { postgresUrl, kafkaBrokers } = await services();
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, ...args], {
    env: { ...process.env, [POSTGRES_VARIABLE]: postgresUrl, [KAFKA_VARIABLE]: kafkaBrokers.join(',') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return Object.assign(child, { messages: text(child.stderr) });
}

/** Waits until the command has said something. @throws Error with what stands on standard error when it ends before. */
async function firstOutput(child: Awaited<ReturnType<typeof run>>): Promise<void> {
  const ended = once(child, 'close').then(async ([status]) => {
    throw new Error(`it ended with ${String(status)} and said nothing but:\n${await child.messages}`);
  });
  // After the first output nobody waits for this any more.
  ended.catch(() => undefined);
  await Promise.race([once(child.stdout, 'data'), ended]);
}

test('a command gets the addresses, and its exit status is passed on', async () => {
  const { postgresUrl, kafkaBrokers } = await services();
  const script = `echo "$${POSTGRES_VARIABLE} $${KAFKA_VARIABLE}"; exit 7`;
  const child = await run(['--', 'sh', '-c', script]);
  const [output, closed] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect(output).toBe(`${postgresUrl} ${kafkaBrokers.join(',')}\n`);
  expect(closed).toEqual([7, null]);
});

test('SIGTERM reaches the command, and its answer is passed on', async () => {
  const child = await run(['--', 'sh', '-c', `trap 'exit 9' TERM; echo ready; while :; do sleep 0.01; done`]);
  await firstOutput(child);
  child.kill('SIGTERM');
  expect((await once(child, 'close'))[0]).toBe(9);
});

test('a command that a signal ends gives 128 and its number, as in a shell', async () => {
  const child = await run(['--', 'sh', '-c', 'kill -KILL $$']);
  expect((await once(child, 'close'))[0]).toBe(137);
});

test('a command that does not exist is said so, with status 127', async () => {
  const child = await run(['--', 'no-such-command-here']);
  expect((await once(child, 'close'))[0]).toBe(127);
});

test('without a command it prints the addresses and runs until SIGINT', async () => {
  const { postgresUrl, kafkaBrokers } = await services();
  const child = await run([]);
  const closed = once(child, 'close');
  let output = '';
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (output.split('\n').length === 3) child.kill('SIGINT');
  }
  expect(output).toBe(
    `export ${POSTGRES_VARIABLE}='${postgresUrl}'\nexport ${KAFKA_VARIABLE}='${kafkaBrokers.join(',')}'\n`,
  );
  expect(await closed).toEqual([0, null]);
});
