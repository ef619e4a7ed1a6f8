import { expect, onTestFinished, test } from 'vitest';
import { sayWarnings } from '../../src/cli/node-warnings.ts';

test('warnings of Node are messages of the command, but for those that the libraries cause', () => {
  const listeners = process.listeners('warning');
  onTestFinished(() => {
    process.removeAllListeners('warning');
    for (const listener of listeners) process.on('warning', listener);
  });
  const said: string[] = [];
  sayWarnings((text) => said.push(text));
  const warn = (name: string, message: string) =>
    process.emit('warning', Object.assign(new Error(message), { name }));
  warn('TimeoutNegativeWarning', '-7 is a negative number.');
  warn('Warning', 'NodeVersionSupportWarning: The AWS SDK for JavaScript (v3)\nversions published …');
  warn('MaxListenersExceededWarning', 'too many listeners');
  expect(said).toEqual(['MaxListenersExceededWarning: too many listeners\n']);
});
