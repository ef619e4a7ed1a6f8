import { formatSeconds, formatBytesShort, formatCount } from '../text-table.ts';
import type {
  ConnectorReport,
  MarksReport,
  SlotReport,
  StatusReport,
  TransactionReport,
} from './status-report.ts';

/** What reads Postgres, and marks, for people. Pure. */
export function describeCapture({
  slot,
  connector,
  marks,
}: Pick<StatusReport, 'slot' | 'connector' | 'marks'>): string[] {
  if (connector !== null) return [describeConnector(connector)];
  return [`slot   ${describeSlot(slot)}`, ...describeMarks(marks)];
}

function describeConnector({ topicPrefix, reader, standbys, unreadRecords }: ConnectorReport): string {
  const who = reader === null ? 'nobody reads its topics' : `read by ${reader}`;
  const others = standbys === 0 ? '' : `, ${formatCount(standbys)} standing by`;
  return `connector  ${topicPrefix}  ${who}${others}, ${formatCount(unreadRecords)} records unread`;
}

function describeSlot(slot: SlotReport | null): string {
  if (slot === null) return 'unknown';
  const reader = slot.activePid === null ? '' : `, read by pid ${slot.activePid}`;
  return `${slot.name}  ${slot.state}${reader}${describeHeld(slot)}`;
}

function describeHeld({ lagBytes, walKeepBytes, bytesPerSecond, secondsLeft }: SlotReport): string {
  if (lagBytes === null) return '';
  const limit = walKeepBytes === null ? '' : ` of ${formatBytesShort(walKeepBytes)}`;
  const isGrowing = bytesPerSecond !== null && bytesPerSecond >= 1;
  const pace = isGrowing ? `, ${formatBytesShort(Math.round(bytesPerSecond))} more a second` : '';
  const left =
    secondsLeft === null ? '' : `: the server drops it in ${formatSeconds(secondsLeft)} at that rate`;
  return `, ${formatBytesShort(lagBytes)}${limit} of WAL held${pace}${left}`;
}

/** Every transaction holds the marks back while it is open; nobody has to read of those that last no time. */
const WORTH_TELLING_SECONDS = 5;

function describeMarks(marks: MarksReport | null): string[] {
  if (marks === null) return ['marks  none yet'];
  const { time, ageSeconds, heldBackBy, outwaited } = marks;
  const holder = heldBackBy !== null && heldBackBy.openSeconds >= WORTH_TELLING_SECONDS ? heldBackBy : null;
  return [
    `marks  ${time}   ${formatSeconds(ageSeconds)} old`,
    ...(holder === null ? [] : [`       held back by ${describeTransaction(holder)}`]),
    ...(outwaited === null
      ? []
      : [`       no longer waiting for ${describeTransaction(outwaited)}: its rows will be late`]),
  ];
}

function describeTransaction({ pid, gid, user, application, state, openSeconds, xid }: TransactionReport) {
  const who = gid === null ? `pid ${pid}` : `prepared transaction ${JSON.stringify(gid)}`;
  const from = application === '' ? '' : `, application ${JSON.stringify(application)}`;
  const number = xid === null ? ', which has written nothing yet' : `, xid ${xid}`;
  return `${who}${number} of user ${user}${from}: ${state}, open for ${formatSeconds(openSeconds)}`;
}
