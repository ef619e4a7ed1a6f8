import { once } from 'node:events';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { endsWithin } from '../base/patience.ts';
import { TidemarkError } from '../base/errors.ts';
import { tlsFaultOf } from '../base/tls-fault.ts';
import { tlsRequirement } from '../base/tls-requirement.ts';
import type { Requirement } from '../model/requirement.ts';
import { openSocket } from './kafka-security.ts';
import type { KafkaSecurity } from './kafka-security.ts';
import { askListener } from './listener-probe.ts';
import type { ListenerAnswer } from './listener-probe.ts';

const CONNECT_WITHIN_MS = 5_000;

/**
 * Whether the brokers that are named speak as they are spoken to, each for itself: of several, one may have a
 * certificate that has expired. One that is away says nothing here.
 */
export async function inspectListeners(
  brokers: readonly string[],
  security: KafkaSecurity,
): Promise<Requirement[]> {
  const found = await Promise.all(brokers.map((broker) => inspectListener(broker, security)));
  return found.flat();
}

async function inspectListener(broker: string, security: KafkaSecurity): Promise<Requirement[]> {
  const [host, port] = splitBroker(broker);
  try {
    const socket = openSocket(security.tls, { host, port });
    try {
      await settled(socket);
      // Of TLS 1.3 the handshake is over before the broker has looked at our certificate: its refusal comes now.
      let broken: Error | undefined;
      socket.on('error', (error) => (broken = error));
      const answer = await askListener(socket);
      if (answer.kind === 'silent' && broken !== undefined) throw broken;
      const found = judge({ broker, security, answer });
      return found ?? [securityOf(socket, { broker, host })];
    } finally {
      socket.destroy();
    }
  } catch (error) {
    const fault = error instanceof TidemarkError ? error : tlsFaultOf(error);
    return fault === undefined ? [] : [wrong(`kafka.tls.${broker}`, fault)];
  }
}

function judge(seen: {
  readonly broker: string;
  readonly security: KafkaSecurity;
  readonly answer: ListenerAnswer;
}): Requirement[] | undefined {
  const { broker, answer } = seen;
  const { tls, sasl } = seen.security;
  if (answer.kind === 'foreign' && tls === null)
    return [
      wrong(`kafka.tls.${broker}`, {
        detail: 'the listener speaks TLS, and kafka.ssl is not set',
        remedy: 'Set kafka.ssl, or name a port without TLS in kafka.brokers.',
      }),
    ];
  if (answer.kind === 'open' && sasl !== null)
    return [
      wrong(`kafka.sasl.${broker}`, {
        detail: 'the listener knows no login, and kafka.sasl is set',
        remedy: 'Name the port with a login in kafka.brokers, or take kafka.sasl away.',
      }),
    ];
  if (answer.kind === 'silent')
    return [
      {
        ...wrong(`kafka.sasl.${broker}`, {
          detail: 'the listener gave no answer to a handshake',
          remedy:
            'See that it is a listener of Kafka; one with TLS may want a client certificate (kafka.ssl.certFile and keyFile).',
        }),
        severity: 'warning',
      },
    ];
  if (answer.kind !== 'login') return undefined;
  const wanted = sasl?.mechanism.toUpperCase();
  if (wanted !== undefined && answer.mechanisms.includes(wanted)) return undefined;
  const known = answer.mechanisms.join(', ');
  return [
    wrong(`kafka.sasl.${broker}`, {
      detail: `the listener wants a login by ${known}, ${wanted === undefined ? 'and kafka.sasl is not set' : `not by ${wanted}`}`,
      remedy: 'Set kafka.sasl with a mechanism that the listener has.',
    }),
  ];
}

function securityOf(socket: Socket, { broker, host }: { broker: string; host: string }): Requirement {
  return tlsRequirement({
    ...{ name: `kafka.tls.${broker}`, socket, host, isVerified: true, nowMs: Date.now() },
    remedy: 'set kafka.ssl, and name a port with TLS in kafka.brokers',
  });
}

function wrong(name: string, { detail, remedy }: { detail: string; remedy: string }): Requirement {
  return { name, ok: false, severity: 'error', detail, remedy };
}

/** @throws what the connection fails with. */
async function settled(socket: Socket): Promise<void> {
  const connected = once(socket, socket instanceof TLSSocket ? 'secureConnect' : 'connect');
  if (!(await endsWithin(CONNECT_WITHIN_MS, connected))) socket.destroy(new Error('no answer'));
  await connected;
}

function splitBroker(broker: string): [string, number] {
  const at = broker.lastIndexOf(':');
  return [broker.slice(0, at).replace(/^\[(.+)\]$/, '$1'), Number(broker.slice(at + 1))];
}
