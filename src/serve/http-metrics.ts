import type { Registry } from 'prom-client';
import { instrumentsOf } from './instruments.ts';
import type { MetricsOptions } from './metrics-options.ts';

export function observeHttp(registry: Registry, { events }: Pick<MetricsOptions, 'events'>): void {
  const { counter, histogram } = instrumentsOf(registry);
  const requests = counter('httpRequests');
  const bytes = counter('httpBytes');
  const duration = histogram('httpDuration');
  const brokenOff = counter('httpBrokenOff');
  events.on('http:answered', ({ route, status, bytes: written, durationMs, isWhole }) => {
    requests.inc({ route, status });
    bytes.inc({ route }, written);
    duration.observe({ route }, durationMs / 1_000);
    if (!isWhole) brokenOff.inc({ route });
  });
  const failures = counter('httpFailures');
  events.on('http:failed', ({ code }) => failures.inc({ code: code ?? 'unforeseen' }));
}
