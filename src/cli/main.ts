#!/usr/bin/env node
import process from 'node:process';
import { sayWarnings } from './node-warnings.ts';
import { runCli } from './run-cli.ts';
import { Terminal } from './terminal.ts';

// `tidemark ls | head` closes the pipe early: that is the reader's right and no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

/** Sockets close within moments; what takes longer will not. */
const LINGER_MAX_MS = 5_000;

const terminal = new Terminal({ out: process.stdout, err: process.stderr });
sayWarnings((text) => terminal.say(text));
process.exitCode = await runCli({ args: process.argv.slice(2), env: process.env, terminal });

// The command is done. Should a connection that will not close keep the process alive, it ends all the same and
// says what held it, so that a supervisor need not resort to SIGKILL.
setTimeout(() => {
  const held = [...new Set(process.getActiveResourcesInfo())].join(', ');
  process.stderr.write(`tidemark: ended although something was still open (${held})\n`);
  process.exit();
}, LINGER_MAX_MS).unref();
