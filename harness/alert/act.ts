import { exitCode, UserError } from '../model/errors.ts';
import { nearest } from '../profile/nearest.ts';
import type { Alert, Book } from './book.ts';
import { isOpen } from './book.ts';
import { textMax } from './event.ts';
import type { AlertEvent } from './event.ts';
import { recover } from './life.ts';

/** What a person can do to an alert. */
export type Action = 'ack' | 'expect' | 'fix';

/**
 * - `ack`: it is seen to.
 * - `expect`: it is meant to be so, for a reason; later runs are compared with the new level.
 * - `fix`: it is put right by hand. Runs that show otherwise reopen it.
 * Throws UserError (exit 2) where there is no such alert, or it is past that.
 */
export function act(
  book: Book,
  action: Action,
  idOrBeginning: string,
  by: string,
  reason: string,
): AlertEvent[] {
  const alert = findAlert(book, idOrBeginning);
  if (reason.length > textMax)
    throw refused(`--reason: expected at most ${textMax} characters, got ${reason.length}`);
  if (!isOpen(alert))
    throw refused(`alert ${alert.id} is ${alert.state}: nothing is left to be done about it`);
  switch (action) {
    case 'ack':
      if (alert.state !== 'new') throw refused(`alert ${alert.id} is acknowledged already`);
      return [{ type: 'acknowledged', alert: alert.id, by, reason }];
    case 'expect':
      if (reason.trim() === '')
        throw refused('expect needs --reason TEXT: what makes the new level the right one');
      return [{ type: 'expected', alert: alert.id, by, reason }];
    case 'fix': {
      const open = alert.tracked.filter(({ status }) => status === 'open');
      return recover(
        alert,
        open.map(({ finding }) => ({ key: finding.key, from: null })),
        by,
        reason,
      );
    }
  }
}

/** By its id, or so much of its beginning as no other has. */
export function findAlert(book: Book, idOrBeginning: string): Alert {
  const ids = [...book.alerts.keys()];
  const found = ids.filter((id) => id === idOrBeginning);
  const meant =
    found.length > 0 ? found : ids.filter((id) => idOrBeginning !== '' && id.startsWith(idOrBeginning));
  const alert = meant.length === 1 ? book.alerts.get(meant[0] ?? '') : undefined;
  if (alert !== undefined) return alert;
  const shown = JSON.stringify(idOrBeginning.slice(0, 64));
  if (meant.length > 1) throw refused(`${shown} is the beginning of ${meant.join(', ')}: say more of it`);
  const near = nearest(idOrBeginning, ids);
  throw refused(
    `there is no alert ${shown}${near === null ? '' : `; did you mean ${near}?`} (./netvm alerts list shows them)`,
  );
}

function refused(message: string): UserError {
  return new UserError(exitCode.badInput, message);
}
