import path from 'node:path';
import { runCommand } from './command.ts';
import { ServiceMissing } from './service-missing.ts';

/** Kafka 4 brokers need it. */
const JAVA_MIN = 17;
const REMEDY = `apt-get install default-jre (Java ${JAVA_MIN} or newer), or set JAVA_HOME`;

/** @returns the command that runs Java. @throws ServiceMissing when there is none, or an old one. */
export async function javaCommand(): Promise<string> {
  const home = process.env['JAVA_HOME'];
  const command = home === undefined || home === '' ? 'java' : path.join(home, 'bin/java');
  const version = await runCommand({ command, args: ['-version'] });
  if (version === undefined) throw new ServiceMissing(`there is no \`${command}\``, { remedy: REMEDY });
  const major = Number(/version "(\d+)/.exec(version.output)?.[1]);
  if (!(major >= JAVA_MIN))
    throw new ServiceMissing(`\`${command}\` is too old: ${version.output.split('\n')[0]}`, {
      remedy: REMEDY,
    });
  return command;
}
