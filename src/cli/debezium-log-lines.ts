import type { EventName } from '../base/event-map.ts';
import { line } from './log-line.ts';
import type { Line } from './log-line.ts';

type DebeziumEvent = Extract<EventName, `debezium:${string}`>;

/** How the events of a connector's topics read in the log. */
export const DEBEZIUM_LINES: { readonly [N in DebeziumEvent]: Line<N> } = {
  'debezium:started': line('capture', 'info', 'reads the topics of the connector', (e) => e),
  'debezium:waiting': line(
    'capture',
    'info',
    'standing by, another process reads the topics of the connector',
    (e) => e,
  ),
  'debezium:passed': line('capture', 'debug', 'records passed over', (e) => e),
};
