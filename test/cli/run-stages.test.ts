import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import type { Stage } from '../../src/base/stage.ts';
import { runStages } from '../../src/cli/run-stages.ts';
import { onSignals } from '../../src/cli/signals.ts';
import { Health } from '../../src/serve/health.ts';
import type { Part } from '../../src/serve/health.ts';

/** Runs until it is told to end, or fails when it is told to fail. */
function fakeStage(calls: string[], name: string) {
  const { promise, resolve, reject } = withResolvers();
  const end = (how: string) => () => {
    calls.push(`${name} ${how}`);
    resolve();
    return promise.catch(() => undefined);
  };
  const stage: Stage = { run: () => promise, drain: end('drain'), stop: end('stop') };
  return { stage, fail: reject };
}

function withResolvers() {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((onDone, onError) => {
    resolve = onDone;
    reject = onError;
  });
  return { promise, resolve, reject };
}

const logger = pino({ level: 'silent' });

describe('the signals', () => {
  it('drain with the first and stop with the second, whichever they are', () => {
    const source = new EventEmitter();
    const calls: string[] = [];
    const release = onSignals({
      source,
      drain: (s) => calls.push(`drain ${s}`),
      stop: (s) => calls.push(`stop ${s}`),
    });
    source.emit('SIGTERM', 'SIGTERM');
    source.emit('SIGINT', 'SIGINT');
    release();
    source.emit('SIGTERM', 'SIGTERM');
    expect(calls).toEqual(['drain SIGTERM', 'stop SIGINT']);
  });
});

describe('stages that run together', () => {
  it('are drained when one fails, and its error comes out after all have ended', async () => {
    const calls: string[] = [];
    const [capture, archive] = [fakeStage(calls, 'capture'), fakeStage(calls, 'archive')];
    const health = new Health({ parts: ['capture', 'archive'], events: new Events() });
    const stages = new Map<Part, Stage>([
      ['capture', capture.stage],
      ['archive', archive.stage],
    ]);
    const running = runStages({ stages, health, logger });
    capture.fail(new Error('slot lost'));
    await expect(running).rejects.toThrow('slot lost');
    expect(calls).toContain('archive drain');
    expect(health.alive().parts).toEqual({ capture: 'ended', archive: 'ended' });
  });
});
