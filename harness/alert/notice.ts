import type { SeriesId } from '../model/series.ts';
import { chainText, dataplaneLabel, duration, mppsUnit } from '../report/format.ts';
import type { Alert, Tracked } from './book.ts';
import { causeOn } from './cause.ts';
import type { AlertEvent, Finding, LoggedEvent, Place } from './event.ts';
import { joined, own, words } from './words.ts';
import type { Words } from './words.ts';

/** What a channel says, whatever its format. */
export interface Notice {
  readonly title: Words;
  readonly paragraphs: readonly Words[];
  readonly table: { readonly head: readonly string[]; readonly rows: readonly (readonly Words[])[] };
}

/** So many series are listed; the rest is counted. */
const rowsMax = 50;

/** An alert as it is now. */
export function noticeOf(alert: Alert): Notice {
  const shown = alert.tracked.slice(0, rowsMax);
  const more = alert.tracked.length - shown.length;
  const rest = more > 0 ? [words`${more} more series are not listed.`] : [];
  return {
    title: titleOf(alert),
    paragraphs: [
      ...testbedsOf(alert).map((testbed) => causeWords(alert, testbed)),
      ...reasonsOf(alert),
      ...rest,
    ],
    table: { head: tableHead, rows: shown.map(rowOf) },
  };
}

export const tableHead = ['cell', 'metric', 'testbed', 'before', 'after', 'change', 'state'];

/** `Regression of 3 series, worst -5.0 %`. */
export function titleOf(alert: Alert): Words {
  const open = alert.tracked.filter(({ status }) => status === 'open');
  const shown = open.length > 0 ? open : alert.tracked;
  const worst = Math.max(...shown.map(({ finding }) => Math.abs(finding.relativeChange)));
  const worstFinding = shown.find(({ finding }) => Math.abs(finding.relativeChange) === worst)?.finding;
  const first = worstFinding === undefined ? own('') : cellWords(worstFinding.series);
  const others = shown.length > 1 ? own(` and ${shown.length - 1} more`) : own('');
  return words`Regression ${own(signedPercent(worstFinding?.relativeChange ?? 0))}: ${first}${others}`;
}

/** One sentence of what happened, by whom and why. */
export function eventWords(alert: Alert, { event, time }: LoggedEvent): Words {
  const when = own(time.slice(0, 16).replace('T', ' '));
  switch (event.type) {
    case 'raised':
      return words`Alert ${alert.id} was raised on ${when} UTC: reruns confirmed the change.`;
    case 'joined':
      return words`One more series shows it: ${cellWords(event.finding.series)}, ${own(signedPercent(event.finding.relativeChange))}.`;
    case 'reopened':
      return words`Reopened on ${when} UTC: ${event.reason}.`;
    case 'acknowledged':
    case 'expected':
    case 'fixed':
    case 'recovered':
      return words`${own(event.type === 'recovered' ? 'A series went back' : stateWords[event.type])} on ${when} UTC by ${event.by}${because(event.reason)}`;
    default:
      return own('');
  }
}

const stateWords = { acknowledged: 'Acknowledged', expected: 'Expected', fixed: 'Fixed' } as const;

function because(reason: string): Words {
  return reason === '' ? own('.') : words`: ${reason}`;
}

/** The latest reasons that people gave, or runs. */
function reasonsOf(alert: Alert): Words[] {
  const told: readonly AlertEvent['type'][] = ['acknowledged', 'expected', 'fixed', 'reopened'];
  const last = alert.history.findLast(({ event }) => told.includes(event.type));
  return last === undefined ? [] : [eventWords(alert, last)];
}

function causeWords(alert: Alert, testbed: string): Words {
  const cause = causeOn(alert, testbed);
  if (cause === null) return own('');
  const { lastGood, firstBad } = cause;
  const runs = words`between run ${lastGood.runId} and run ${firstBad.runId} on testbed ${testbed}`;
  if (lastGood.commit === null || firstBad.commit === null) {
    return words`It changed ${runs}; their commits are not known.`;
  }
  const [good, bad] = [commitWords(lastGood), commitWords(firstBad)];
  // Not by what is shown: two commits may begin alike.
  if (lastGood.commit === firstBad.commit && lastGood.isDirty === firstBad.isDirty)
    return words`It changed ${runs}, both of commit ${good}: no commit did it, look at the testbed.`;
  return words`It changed ${runs}: after commit ${good}, and not after ${bad}.`;
}

/** `+` where the checkout had changes that are in no commit. */
function commitWords({ commit, isDirty }: Place): string {
  return `${short(commit ?? 'unknown')}${isDirty ? '+' : ''}`;
}

export function testbedsOf({ tracked }: Alert): string[] {
  return [...new Set(tracked.map(({ finding }) => finding.series.testbed))];
}

function short(commit: string): string {
  return /^[0-9a-f]{40}$/.test(commit) ? commit.slice(0, 12) : commit;
}

function rowOf({ finding, status }: Tracked): Words[] {
  const { series, before, after } = finding;
  const level = (value: number) => valueWords(value, series.metric.unit);
  return [
    cellWords(series),
    words`${series.metric.name}`,
    words`${series.testbed}`,
    level(before),
    level(after),
    changeWords(finding),
    own(status),
  ];
}

/** `NetVM forward → firewall, 64 B`. */
export function cellWords({ cell }: Pick<SeriesId, 'cell'>): Words {
  const more = [cell.method, ...(cell.traffic === undefined ? [] : [cell.traffic])].map(
    (one) => words`${one}`,
  );
  return words`${dataplaneLabel(cell.dataplane)} ${chainText(cell.nfs)}, ${cell.frameSizeBytes} B, ${joined(more, ', ')}`;
}

function changeWords({ relativeChange, interval, confidence }: Finding): Words {
  const [low, high] = interval.map(signedPercent);
  const sure = Math.round(confidence * 1000) / 10;
  return own(`${signedPercent(relativeChange)} (${low ?? ''} to ${high ?? ''} at ${sure} %)`);
}

export function signedPercent(ratio: number): string {
  return `${ratio > 0 ? '+' : ''}${(ratio * 100).toFixed(1)} %`;
}

export function valueWords(value: number, unit: string): Words {
  if (unit === 'pps') return own(mppsUnit(value));
  if (unit === 'ns') return own(duration(value));
  return words`${own(String(Number(value.toPrecision(4))))} ${unit}`;
}
