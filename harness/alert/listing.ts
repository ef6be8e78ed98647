import type { Alert, Book } from './book.ts';
import { isOpen } from './book.ts';
import { eventWords, noticeOf, tableHead } from './notice.ts';
import { asPlain } from './words.ts';

/** What other programs read of alerts: add fields, never rename them. */
export interface AlertListing {
  readonly id: string;
  readonly state: Alert['state'];
  readonly raisedAt: string;
  readonly title: string;
  readonly findings: readonly object[];
  readonly history: readonly { readonly time: string; readonly type: string; readonly text: string }[];
}

export function listingOf(alert: Alert): AlertListing {
  const { id, state, raisedAt, tracked, history } = alert;
  return {
    id,
    state,
    raisedAt,
    title: asPlain(noticeOf(alert).title),
    findings: tracked.map(({ finding, status }) => ({ status, ...finding })),
    history: history.map((logged) => ({
      time: logged.time,
      type: logged.event.type,
      text: asPlain(eventWords(alert, logged)),
    })),
  };
}

/** Alerts for a terminal, the open ones first, each with its cause and its series. */
export function listingText(book: Book): string {
  const all = [...book.alerts.values()];
  if (all.length === 0) return 'no alerts';
  const open = all.filter(isOpen);
  const over = all.filter((alert) => !isOpen(alert));
  return [...open.map(fullText), ...over.map((alert) => head(alert))].join('\n');
}

function head(alert: Alert): string {
  return `${alert.id}  ${alert.state.padEnd(12)}  ${alert.raisedAt.slice(0, 10)}  ${asPlain(noticeOf(alert).title)}`;
}

function fullText(alert: Alert): string {
  const { paragraphs, table } = noticeOf(alert);
  const skip = [tableHead.indexOf('testbed'), tableHead.indexOf('metric')];
  const rows = table.rows.map((cells) => {
    const [testbed, metric] = skip.map((column) => cells[column]);
    const rest = cells.filter((_, column) => !skip.includes(column)).map(asPlain);
    const about = [metric, testbed].map((cell) => (cell === undefined ? '' : asPlain(cell))).join(' on ');
    return `    ${rest[0] ?? ''}: ${about} ${rest.slice(1).join(', ')}`;
  });
  return [head(alert), ...paragraphs.map((paragraph) => `    ${asPlain(paragraph)}`), ...rows].join('\n');
}
