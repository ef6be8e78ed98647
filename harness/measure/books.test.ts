import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closeBooks } from './books.ts';
import { report } from './doubles.fixture.ts';

const counters = (values: Record<string, number>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, BigInt(value)]));

test('every packet is received, dropped by name or in flight', () => {
  const generator = {
    before: counters({ 'drop.wire.full': 5, 'tx.packets': 0 }),
    after: counters({ 'drop.wire.full': 8, 'tx.packets': 100 }),
  };
  const device = {
    before: counters({ 'drop.nf0.verdict': 0, 'drop.nf1.verdict': 7, 'inflight.chain': 0 }),
    after: counters({ 'drop.nf0.verdict': 2, 'drop.nf1.verdict': 7, 'inflight.chain': 1 }),
  };
  const { books, fault } = closeBooks(report({ sent: 100, received: 94 }), [generator, device]);
  expect(fault).toBeNull();
  expect(books).toMatchObject({
    sent: 100,
    received: 94,
    drops: { 'wire.full': 3, 'nf0.verdict': 2 },
    inFlight: 1,
  });
});

test('what is missing or too much is named, to the packet', () => {
  const nothing = [{ before: counters({}), after: counters({}) }];
  expect(closeBooks(report({ sent: 10, received: 9 }), nothing).fault).toMatch(
    /: 1 packets were lost in a place without/,
  );
  const drops = [{ before: counters({}), after: counters({ 'drop.x': 3 }) }];
  expect(closeBooks(report({ sent: 10, received: 9 }), drops).fault).toMatch(
    /: 2 packets more are accounted for/,
  );
  expect(closeBooks(report({ sent: 10, received: 10, foreign: 4 }), nothing).fault).toMatch(
    /4 packets came back/,
  );
});

test('books close exactly where the sum does, and nowhere else', () => {
  const small = fc.integer({ min: 0, max: 50 });
  fc.assert(
    fc.property(
      small,
      small,
      small,
      small,
      fc.integer({ min: -3, max: 3 }),
      (received, wire, nf, flight, off) => {
        const sent = received + wire + nf + flight + off;
        fc.pre(sent >= received);
        const readings = [
          { before: counters({ 'drop.wire.full': 9 }), after: counters({ 'drop.wire.full': 9 + wire }) },
          { before: counters({}), after: counters({ 'drop.nf0.verdict': nf, 'inflight.chain': flight }) },
        ];
        expect(closeBooks(report({ sent, received }), readings).fault === null).toBe(off === 0);
      },
    ),
  );
});
