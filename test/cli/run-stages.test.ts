import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

describe('a second signal', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** A stage whose drain hangs, as on a disk that does not answer. */
  function heldStage(calls: string[], stop: () => Promise<void>): Stage {
    const { promise, resolve } = withResolvers();
    return {
      run: () => promise,
      drain: () => new Promise(() => calls.push('drain')),
      stop: () => {
        calls.push('stop');
        return stop().then(resolve);
      },
    };
  }

  function start(stage: Stage): { outcome: ReturnType<typeof runStages>; statuses: number[] } {
    const health = new Health({ parts: ['archive'], events: new Events() });
    const statuses: number[] = [];
    const exit = (status: number): void => {
      statuses.push(status);
    };
    return { outcome: runStages({ stages: new Map([['archive', stage]]), health, logger, exit }), statuses };
  }

  it('stops the stages while their drain is held, and the caller is told', async () => {
    const calls: string[] = [];
    const { outcome, statuses } = start(heldStage(calls, () => Promise.resolve()));
    process.emit('SIGTERM');
    process.emit('SIGTERM');
    expect(await outcome).toBe('stopped');
    expect(calls).toEqual(['drain', 'stop']);
    vi.runAllTimers();
    expect(statuses).toEqual([]);
  });

  it('ends the process with status 1 when a stage does not even stop', () => {
    const calls: string[] = [];
    const { statuses } = start(heldStage(calls, () => new Promise(() => undefined)));
    process.emit('SIGTERM');
    vi.runAllTimers();
    expect(statuses).toEqual([]);
    process.emit('SIGINT');
    vi.runAllTimers();
    expect(statuses).toEqual([1]);
  });
});
