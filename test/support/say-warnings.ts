import { sayWarnings } from '../../src/cli/node-warnings.ts';

/** The process of a test file says of Node's warnings what the command says of them. */
sayWarnings((text) => process.stderr.write(text));
