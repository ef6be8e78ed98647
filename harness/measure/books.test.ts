import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closeBooks, heldAtMost } from './books.ts';
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
  expect(fault).toMatch(/^After the drain 1 packets were still in flight/);
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
  expect(closeBooks(report({ sent: 10, received: 10, strayed: 2 }), nothing).fault).toMatch(
    /2 packets came back on another queue/,
  );
});

test('what a killed program held is what is missing; it never hides packets too many', () => {
  const dead = { before: counters({}), after: counters({ 'drop.x': 3, 'inflight.chain': 9 }) };
  const born = { before: counters({}), after: counters({ 'inflight.chain': 0 }) };
  const close = (received: number) =>
    closeBooks(report({ sent: 100, received }), [dead, born], { readings: [dead], heldMax: 7 });
  expect(close(90)).toMatchObject({
    books: { drops: { x: 3, 'dataplane.killed': 7 }, inFlight: 0 },
    fault: null,
  });
  expect(close(98).fault).toMatch(/: 1 packets more are accounted for/);
  // Nor does it name what it cannot have held.
  expect(close(89)).toMatchObject({ books: { drops: { x: 3 } } });
  expect(close(89).fault).toMatch(/: 8 packets were lost in a place without a name/);
});

test('what a data plane can hold grows with its queues and its chain', () => {
  expect(heldAtMost(1, 0)).toBe(2 * 8_192 + 4_096);
  expect(heldAtMost(2, 3)).toBe(4 * 8_192 + 4_096 + 24 * 1_024);
});

/** A program with any counters: drops and levels before a trial, and how they changed. */
const program = fc.array(
  fc.record({
    name: fc.constantFrom(
      'drop.wire.full',
      'drop.nf0.verdict',
      'drop.netvmd.chain_down',
      'inflight.chain',
      'gaps',
    ),
    before: fc.nat(1_000_000),
    grown: fc.nat(1_000),
  }),
  { maxLength: 5 },
);

function readingOf(counts: readonly { name: string; before: number; grown: number }[]) {
  const byName = new Map(counts.map((count) => [count.name, count]));
  return {
    before: counters(Object.fromEntries([...byName].map(([name, { before }]) => [name, before]))),
    after: counters(
      Object.fromEntries([...byName].map(([name, { before, grown }]) => [name, before + grown])),
    ),
    grown: (prefix: string) =>
      [...byName].reduce((sum, [name, { grown }]) => sum + (name.startsWith(prefix) ? grown : 0), 0),
  };
}

test('books close exactly where the sum does and nothing is in flight, whatever the programs count', () => {
  fc.assert(
    fc.property(
      fc.array(program, { maxLength: 6 }),
      fc.nat(10_000),
      fc.oneof(fc.constant(0), fc.integer({ min: -3, max: 3 })),
      (programs, received, off) => {
        const readings = programs.map(readingOf);
        const total = (prefix: string) => readings.reduce((sum, reading) => sum + reading.grown(prefix), 0);
        const [dropped, inFlight] = [total('drop.'), total('inflight.')];
        const sent = received + dropped + inFlight + off;
        fc.pre(sent >= 0);
        const { books, fault } = closeBooks(report({ sent, received }), readings);
        expect(Object.values(books.drops).reduce((sum, count) => sum + count, 0)).toBe(dropped);
        expect(books.inFlight).toBe(inFlight);
        expect(fault === null).toBe(off === 0 && inFlight === 0);
        if (off > 0) expect(fault).toContain(`: ${off} packets were lost in a place without a name`);
        if (off < 0) expect(fault).toContain(`: ${-off} packets more are accounted for than were sent`);
      },
    ),
  );
});

test('what an earlier trial left in flight is said, though the sum holds', () => {
  const before = counters({ 'inflight.chain': 2 });
  const { fault } = closeBooks(report({ sent: 10, received: 12 }), [
    { before, after: counters({ 'inflight.chain': 0 }) },
  ]);
  expect(fault).toMatch(/^Before the trial 2 packets of an earlier one/);
});
