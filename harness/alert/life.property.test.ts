import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../model/errors.ts';
import { act } from './act.ts';
import type { Action } from './act.ts';
import { apply, emptyBook, isOpen, numbered, replay } from './book.ts';
import type { Alert, Book } from './book.ts';
import type { AlertEvent, LoggedEvent } from './event.ts';
import { conclude, recordOf } from './life.ts';
import { standingOf } from './known.ts';
import { observe } from './observe.ts';
import type { Step } from './suspicion.fixture.ts';
import { confirmed, night, storedSeries, suspicionOf, unconfirmed } from './suspicion.fixture.ts';

const levels = [100, 97, 94, 90] as const;
const step = fc
  .record({
    nf: fc.constantFrom('forward', 'dpi'),
    testbed: fc.constantFrom('local', 'lab'),
    at: fc.integer({ min: 3, max: 12 }),
    width: fc.integer({ min: 1, max: 3 }),
    before: fc.constantFrom(...levels),
    after: fc.constantFrom(...levels),
  })
  .filter(({ before, after }) => before !== after)
  .map(({ width, ...rest }): Step => ({ ...rest, from: rest.at - width }));

/** What may happen to the book, in any order and at any time. */
const move = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('confirm' as const), step }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('refuted' as const, 'undecided' as const),
      step,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom<Action>('ack', 'expect', 'fix'),
      which: fc.nat({ max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('observe' as const),
      nf: fc.constantFrom('forward', 'dpi'),
      values: fc.array(fc.constantFrom(...levels, null), { minLength: 10, maxLength: 25 }),
    }),
  },
);
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

function eventsOf(book: Book, it: Move): AlertEvent[] {
  switch (it.do) {
    case 'confirm':
      return conclude(book, suspicionOf(it.step), confirmed(suspicionOf(it.step)));
    case 'refuted':
    case 'undecided':
      return conclude(book, suspicionOf(it.step), unconfirmed(suspicionOf(it.step), it.do));
    case 'observe':
      return observe(book, [storedSeries(it.values, it.nf)]);
    default:
      return acted(book, it.do, [...book.alerts.keys()][it.which] ?? 'none');
  }
}

/** A person may ask for what is not possible: it is refused, and changes nothing. */
function acted(book: Book, action: Action, id: string): AlertEvent[] {
  try {
    return act(book, action, id, 'ann', 'because');
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

function expectPossible({ state, tracked }: Alert): void {
  const statuses = new Set(tracked.map(({ status }) => status));
  expect(statuses.has('open')).toBe(state === 'new' || state === 'acknowledged');
  if (state === 'expected') expect(statuses.has('expected')).toBe(true);
  const keys = tracked.map(({ finding }) => finding.key);
  expect(new Set(keys).size).toBe(keys.length);
}

function openFor(book: Book, wanted: Step): number {
  const { key, firstAfter, kind } = recordOf(suspicionOf(wanted));
  const all = [...book.alerts.values()].flatMap(({ tracked }) => tracked);
  return all.filter(
    ({ status, finding }) =>
      status === 'open' &&
      finding.key === key &&
      finding.kind === kind &&
      finding.firstAfter.runId === firstAfter.runId,
  ).length;
}

test('no order of events repeats an alert, loses one, or leaves an impossible state', () => {
  let opened = 0;
  fc.assert(
    fc.property(fc.array(move, { maxLength: 30 }), (moves) => {
      let book = emptyBook;
      const log: LoggedEvent[] = [];
      moves.forEach((it, index) => {
        const isKnown =
          it.do === 'confirm' && standingOf(book, recordOf(suspicionOf(it.step))).is === 'known';
        const events = numbered(book, eventsOf(book, it), night(13 + index));
        log.push(...events);
        book = events.reduce(apply, book);
        for (const alert of book.alerts.values()) expectPossible(alert);
        if (it.do !== 'confirm') return;
        // Not repeated: neither now nor when the same is found again.
        expect(openFor(book, it.step)).toBeLessThanOrEqual(1);
        expect(eventsOf(book, it)).toEqual([]);
        // Not lost: what was not known is open now.
        const isRegression = suspicionOf(it.step).change.kind === 'regression';
        if (!isKnown && isRegression) {
          opened++;
          expect(openFor(book, it.step)).toBe(1);
        }
      });
      expect(replay(log)).toEqual(book);
    }),
    { numRuns: 1000 },
  );
  // A book that knew everything would pass as well.
  expect(opened).toBeGreaterThan(300);
});

test('a log that ends anywhere is a state to go on from: what was lost with its end is found again', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 15 }), fc.array(step, { maxLength: 5 }), (moves, later) => {
      let book = emptyBook;
      const log: LoggedEvent[] = [];
      moves.forEach((it, index) => {
        const events = numbered(book, eventsOf(book, it), night(13 + index));
        log.push(...events);
        book = events.reduce(apply, book);
      });
      for (let end = 0; end <= log.length; end++) {
        let cut = replay(log.slice(0, end));
        cut = numbered(cut, observe(cut, []), night(60)).reduce(apply, cut);
        for (const alert of cut.alerts.values()) expectPossible(alert);
        for (const wanted of later) {
          const suspicion = suspicionOf(wanted);
          const isKnown = standingOf(cut, recordOf(suspicion)).is === 'known';
          cut = numbered(cut, conclude(cut, suspicion, confirmed(suspicion)), night(60)).reduce(apply, cut);
          if (!isKnown && suspicion.change.kind === 'regression') expect(openFor(cut, wanted)).toBe(1);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('in whatever order one night confirms its changes, each is told of once', () => {
  const regressions = fc.uniqueArray(
    step.map((one): Step => ({ ...one, before: 100, after: 95 })),
    { selector: ({ nf, testbed }) => `${nf} ${testbed}`, minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(
      regressions.chain((steps) =>
        fc.tuple(fc.constant(steps), fc.shuffledSubarray(steps, { minLength: steps.length })),
      ),
      ([steps, shuffled]) => {
        const bookOf = (order: readonly Step[]) =>
          order.reduce((book, it) => {
            const suspicion = suspicionOf(it);
            return numbered(book, conclude(book, suspicion, confirmed(suspicion)), night(20)).reduce(
              apply,
              book,
            );
          }, emptyBook);
        const found = (book: Book) =>
          [...book.alerts.values()]
            .filter(isOpen)
            .flatMap(({ tracked }) =>
              tracked.map(({ finding }) => `${finding.key} ${finding.firstAfter.runId}`),
            )
            .sort();
        expect(found(bookOf(shuffled))).toEqual(found(bookOf(steps)));
        expect(found(bookOf(steps))).toHaveLength(steps.length);
      },
    ),
  );
});
