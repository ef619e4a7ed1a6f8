import Fastify from 'fastify';
import type { Clock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/event-map.ts';
import { openConsole } from '../../src/cli/console/open-console.ts';
import type { Config } from '../../src/config/config.ts';
import type { ConsoleState } from '../../src/serve/console/console-state.ts';
import { ConsoleViewer } from './console-viewer.ts';

/** What `tidemark console` shows who looks at a time of the clock, once it has asked everything. */
export async function readConsole(config: Config, clock: Clock): Promise<ConsoleState> {
  const console = await openConsole({
    ...{ config, clock, parts: [], events: new Events(), pauses: null },
    secrets: { clean: (text) => text },
    ...{ consoleHosts: [], consoleTokenFile: null },
  });
  const app = Fastify({ forceCloseConnections: true });
  console.addTo(app);
  try {
    const viewer = await ConsoleViewer.open(await app.listen({ host: '127.0.0.1', port: 0 }));
    return await viewer.until(({ causes, slot }) => causes !== null && slot !== null);
  } finally {
    await app.close();
  }
}
