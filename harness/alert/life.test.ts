import { describe, expect, test } from 'vitest';
import { UserError } from '../model/errors.ts';
import { act } from './act.ts';
import { emptyBook } from './book.ts';
import type { Book } from './book.ts';
import { conclude, isToBeConfirmed } from './life.ts';
import { observe, sinceExpected } from './observe.ts';
import type { Step } from './suspicion.fixture.ts';
import {
  after,
  commitOf,
  confirmed,
  pointOf,
  storedSeries,
  suspicionOf,
  unconfirmed,
} from './suspicion.fixture.ts';

/** The book after reruns have confirmed each of these, in the night of a run. */
function confirmedIn(book: Book, run: number, ...steps: readonly Step[]): Book {
  return steps.reduce((now, step) => {
    const suspicion = suspicionOf(step);
    return after(now, conclude(now, suspicion, confirmed(suspicion)), run);
  }, book);
}

function alertsOf(book: Book): { state: string; nfs: string[] }[] {
  return [...book.alerts.values()].map(({ state, tracked }) => ({
    state,
    nfs: tracked.map(({ finding }) => finding.series.cell.nfs.join()),
  }));
}

const idOf = (book: Book, index = 0) => [...book.alerts.keys()][index] ?? '';

describe('what is dealt with', () => {
  test('a confirmed regression raises an alert, and never again while it is open', () => {
    const book = confirmedIn(emptyBook, 12, { at: 10 });
    expect(alertsOf(book)).toEqual([{ state: 'new', nfs: ['forward'] }]);
    for (const at of [9, 10, 11, 12]) {
      const again = suspicionOf({ at, before: 100.4, after: 95.2 });
      expect(isToBeConfirmed(book, again)).toBe(false);
      expect(conclude(book, again, confirmed(again))).toEqual([]);
    }
  });

  test('a refuted one raises none and is not rerun, until a later run shows a change', () => {
    const suspicion = suspicionOf({ at: 10 });
    const book = after(emptyBook, conclude(emptyBook, suspicion, unconfirmed(suspicion, 'refuted')), 12);
    expect(book.alerts.size).toBe(0);
    expect(isToBeConfirmed(book, suspicionOf({ at: 11 }))).toBe(false);
    expect(isToBeConfirmed(book, suspicionOf({ at: 20 }))).toBe(true);
  });

  test('an undecided one is rerun in three nights, and no more', () => {
    let book = emptyBook;
    const tries = [13, 14, 15, 16, 17].map((run) => {
      const suspicion = suspicionOf({ at: 10 });
      const isRerun = isToBeConfirmed(book, suspicion);
      if (isRerun) book = after(book, conclude(book, suspicion, unconfirmed(suspicion, 'undecided')), run);
      return isRerun;
    });
    expect(tries).toEqual([true, true, true, false, false]);
    expect(book.alerts.size).toBe(0);
  });

  test('reruns that show the opposite confirm nothing', () => {
    const suspicion = suspicionOf({ at: 10 });
    const opposite = { ...confirmed(suspicion), relativeChange: 0.05 };
    expect(conclude(emptyBook, suspicion, opposite)).toMatchObject([{ type: 'checked', outcome: 'refuted' }]);
  });

  test('a further step down is an alert of its own, found before or after the first', () => {
    const steps = [
      { at: 10, before: 100, after: 97 },
      { at: 20, before: 97, after: 94 },
    ];
    for (const order of [steps, steps.toReversed()]) {
      expect(confirmedIn(emptyBook, 23, ...order).alerts.size).toBe(2);
    }
  });

  test('an improvement raises none, and is rerun only where it could end an alert', () => {
    const up = suspicionOf({ at: 20, before: 95, after: 100 });
    expect(isToBeConfirmed(emptyBook, up)).toBe(false);
    const book = confirmedIn(emptyBook, 12, { at: 10 });
    expect(isToBeConfirmed(book, up)).toBe(true);
    expect(isToBeConfirmed(book, suspicionOf({ at: 20, before: 95, after: 97 }))).toBe(false);
  });
});

describe('one cause, one alert', () => {
  test('of all cells of one commit', () => {
    const book = confirmedIn(emptyBook, 12, { at: 10 }, { nf: 'firewall', at: 10 }, { nf: 'dpi', at: 10 });
    expect(alertsOf(book)).toEqual([{ state: 'new', nfs: ['forward', 'firewall', 'dpi'] }]);
  });

  test('of a cell whose run failed meanwhile; the next night is another', () => {
    const wide = { nf: 'firewall', from: 8, at: 10 };
    expect(confirmedIn(emptyBook, 14, { at: 10 }, wide).alerts.size).toBe(1);
    expect(confirmedIn(emptyBook, 14, { at: 10 }, { nf: 'firewall', at: 11 }).alerts.size).toBe(2);
  });

  test('what all agree on narrows it: two ends of a wide stretch are two causes', () => {
    const book = confirmedIn(
      emptyBook,
      14,
      { from: 8, at: 11 },
      { nf: 'firewall', at: 9 },
      { nf: 'dpi', at: 11 },
    );
    expect(alertsOf(book).map(({ nfs }) => nfs)).toEqual([['forward', 'firewall'], ['dpi']]);
  });

  test('of two testbeds only where the commits are the same', () => {
    const here = confirmedIn(emptyBook, 12, { at: 10 });
    expect(confirmedIn(here, 12, { testbed: 'lab', at: 10 }).alerts.size).toBe(1);
    expect(confirmedIn(here, 12, { testbed: 'lab', from: 8, at: 10 }).alerts.size).toBe(2);
  });

  test('of two testbeds never where there was no commit', () => {
    const same = (testbed: string) => {
      const suspicion = suspicionOf({ testbed, at: 10 });
      return {
        ...suspicion,
        lastBefore: pointOf(9, 100, commitOf(1)),
        firstAfter: pointOf(10, 95, commitOf(1)),
      };
    };
    const first = after(emptyBook, conclude(emptyBook, same('local'), confirmed(same('local'))), 12);
    expect(conclude(first, same('lab'), confirmed(same('lab')))).toMatchObject([{ type: 'raised' }]);
  });
});

describe('what people do', () => {
  const raised = confirmedIn(emptyBook, 12, { at: 10 }, { nf: 'dpi', at: 10 });

  test('an acknowledged alert is open and not repeated', () => {
    const book = after(raised, act(raised, 'ack', idOf(raised).slice(0, 4), 'ann', 'on it'), 13);
    expect(alertsOf(book)[0]?.state).toBe('acknowledged');
    expect(isToBeConfirmed(book, suspicionOf({ at: 10 }))).toBe(false);
    expect(() => act(book, 'ack', idOf(book), 'bob', '')).toThrow(/acknowledged already/);
  });

  test('an expected one needs a reason; later runs are compared with the new level', () => {
    expect(() => act(raised, 'expect', idOf(raised), 'ann', ' ')).toThrow(/--reason/);
    const book = after(raised, act(raised, 'expect', idOf(raised), 'ann', 'checksums are verified now'), 13);
    expect(alertsOf(book)[0]?.state).toBe('expected');
    expect(isToBeConfirmed(book, suspicionOf({ at: 10 }))).toBe(false);
    const values = [...Array<number>(10).fill(100), ...Array<number>(5).fill(95)];
    expect(sinceExpected(book, storedSeries(values)).points.map(({ value }) => value)).toEqual([
      95, 95, 95, 95, 95,
    ]);
    expect(sinceExpected(book, storedSeries(values, 'nat')).points).toHaveLength(15);
    expect(alertsOf(confirmedIn(book, 30, { at: 28, before: 95, after: 90 }))).toHaveLength(2);
  });

  test('one that a person calls fixed is, until runs show otherwise', () => {
    const book = after(raised, act(raised, 'fix', idOf(raised), 'ann', 'reverted'), 13);
    expect(alertsOf(book)[0]?.state).toBe('fixed');
    const values = (since: number[]) => [...Array<number>(10).fill(100), 95, 95, 95, 95, ...since];
    expect(observe(book, [storedSeries(values([95, 95]))])).toEqual([]);
    expect(observe(book, [storedSeries(values([100, 100, 100, 95, 95, 95]))])).toEqual([]);
    const both = [storedSeries(values([95, 95, 95.1])), storedSeries(values([95, 96, 95]), 'dpi')];
    const reopened = after(book, observe(book, both), 17);
    expect(alertsOf(reopened)[0]?.state).toBe('new');
    expect([...reopened.alerts.values()][0]?.tracked.map(({ status }) => status)).toEqual(['open', 'open']);
  });

  test('an id that is none, or of two, is refused with what it could be', () => {
    expect(() => act(raised, 'ack', 'zz', 'ann', '')).toThrow(UserError);
    const wrong = `${idOf(raised).slice(0, 7)}x`;
    expect(() => act(raised, 'ack', wrong, 'ann', '')).toThrow(`did you mean ${idOf(raised)}?`);
    expect(() => act(raised, 'ack', '', 'ann', '')).toThrow(/there is no alert ""/);
  });
});

describe('going back', () => {
  const raised = confirmedIn(emptyBook, 12, { at: 10 }, { nf: 'dpi', at: 10 });
  const down = [...Array<number>(10).fill(100), 95, 95, 95];

  test('three runs at the level before end a series, all series the alert', () => {
    const one = after(raised, observe(raised, [storedSeries([...down, 99, 101, 100])]), 16);
    expect(alertsOf(one)[0]?.state).toBe('new');
    const both = after(one, observe(one, [storedSeries([...down, 99.5, 100, 101], 'dpi')]), 17);
    expect(alertsOf(both)[0]?.state).toBe('fixed');
    expect(observe(both, [storedSeries([...down, 100, 100, 100])])).toEqual([]);
  });

  test('two do not, nor outliers, nor half the way', () => {
    for (const since of [
      [100, 100],
      [100, 95, 100],
      [97.6, 97.6, 97.6],
      [null, 100, null, 100],
    ]) {
      expect(observe(raised, [storedSeries([...down, ...since])])).toEqual([]);
    }
  });

  test('a confirmed improvement that covers it ends it', () => {
    const alone = confirmedIn(emptyBook, 12, { at: 10 });
    const book = confirmedIn(alone, 23, { at: 20, before: 95, after: 99.5 });
    expect(alertsOf(book)[0]?.state).toBe('fixed');
  });

  test('one that comes back is the same alert, new again', () => {
    const alone = confirmedIn(emptyBook, 12, { at: 10 });
    const fixed = after(alone, observe(alone, [storedSeries([...down, 100, 100, 100])]), 16);
    expect(isToBeConfirmed(fixed, suspicionOf({ at: 10 }))).toBe(false);
    const back = confirmedIn(fixed, 30, { at: 28 });
    expect(alertsOf(back)).toEqual([{ state: 'new', nfs: ['forward'] }]);
    expect([...back.alerts.values()][0]?.history.map(({ event }) => event.type)).toEqual([
      'raised',
      'recovered',
      'fixed',
      'reopened',
    ]);
  });

  test('an alert whose last word was lost with its writer is ended', () => {
    const alone = confirmedIn(emptyBook, 12, { at: 10 });
    const events = observe(alone, [storedSeries([...down, 100, 100, 100])]);
    const cut = after(alone, events.slice(0, 1), 16);
    expect(alertsOf(cut)[0]?.state).toBe('new');
    expect(alertsOf(after(cut, observe(cut, []), 17))[0]?.state).toBe('fixed');
  });
});
