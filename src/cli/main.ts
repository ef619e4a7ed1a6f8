#!/usr/bin/env node
import process from 'node:process';
import { runCli } from './run-cli.ts';
import { Terminal } from './terminal.ts';

// `tidemark ls | head` closes the pipe early: that is the reader's right and no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const terminal = new Terminal({ out: process.stdout, err: process.stderr });
process.exitCode = await runCli({ args: process.argv.slice(2), env: process.env, terminal });
