import { expect, test } from 'vitest';
import type { Cell } from '../model/run.ts';
import type { Metric } from '../model/series.ts';
import { interleave } from './rounds.ts';
import type { Measured, RoundsOptions } from './rounds.ts';
import type { Side } from './sides.ts';

const throughput: Metric = { name: 'receivedPps', unit: 'pps', better: 'higher' };
const latency: Metric = { name: 'latencyP99At50PercentNs', unit: 'ns', better: 'lower' };

function cell(frameSizeBytes: number): Cell {
  return { dataplane: 'netvm', isolation: 'process', nfs: ['forward'], frameSizeBytes, method: 'mrr' };
}

function measured(frameSizeBytes: number, value: number | null, metric = throughput): Measured {
  return { cell: cell(frameSizeBytes), metric, value, reason: value === null ? 'It fell over.' : null };
}

const plain = { kind: 'regression', floor: 0.05, roundsMax: 20, repeatsMax: 2 } as const;

/** Plays rounds, and keeps the order in which sides were measured. */
async function play(
  figures: (side: Side, round: number, repeat: number) => readonly Measured[],
  options: Partial<RoundsOptions> = {},
) {
  const order: string[] = [];
  const result = await interleave({
    ...plain,
    ...options,
    measure: async (side, round, repeat) => {
      order.push(`${round}${side === 'before' ? 'A' : 'B'}${repeat > 0 ? repeat : ''}`);
      return figures(side, round, repeat);
    },
  });
  return { ...result, order: order.join(' ') };
}

test('sides alternate, and rounds end when every cell is decided', async () => {
  const { order, rounds, states } = await play((side) => [
    measured(64, side === 'before' ? 1e7 : 8e6),
    measured(1518, 3e6),
  ]);
  expect(order.startsWith('0A 0B 1B 1A 2A 2B 3B 3A')).toBe(true);
  expect(rounds).toBe(12);
  expect(states.map(({ outcome }) => outcome)).toEqual(['confirmed', 'refuted']);
});

test('the error is shared by all figures that are looked at: more of them need more rounds', async () => {
  const cells = (count: number) => (side: Side) =>
    Array.from({ length: count }, (_, i) => measured(64 + i, side === 'before' ? 1e7 : 8e6));
  expect((await play(cells(1), { roundsMax: 12 })).rounds).toBe(8);
  expect((await play(cells(4), { roundsMax: 12 })).rounds).toBe(12);
  expect((await play(cells(40))).rounds).toBe(16);
});

test('a latency that rises is a regression', async () => {
  const { states } = await play((side) => [measured(64, side === 'before' ? 9000 : 12_000, latency)]);
  expect(states[0]?.outcome).toBe('confirmed');
});

test('a round with a failed side is repeated, both sides of it, and goes on where that helps', async () => {
  const { order, states, repeated } = await play((side, round, repeat) => [
    measured(64, side === 'after' && round === 2 && repeat < 2 ? null : 1e7),
    measured(1518, 3e6),
  ]);
  expect(order).toContain('2A 2B 2A1 2B1 2A2 2B2 3B');
  expect(repeated).toEqual([
    { round: 2, repeats: 2, reason: 'the suspected side has no valid figure: It fell over.' },
  ]);
  expect(states.map(({ outcome }) => outcome)).toEqual(['refuted', 'refuted']);
  // The other cell had its figures: it gets no second pair out of one round.
  expect(states.map(({ confirmed }) => confirmed.confirmation.before.length)).toEqual([12, 12]);
});

test('a side that fails again and again is said, and the other cells go on without it', async () => {
  const { order, states, rounds } = await play((side, round) => [
    measured(64, side === 'after' && round >= 1 ? null : 1e7),
    measured(1518, 3e6),
  ]);
  expect(states[0]).toMatchObject({
    outcome: 'failed',
    isFinal: true,
    reason: 'the suspected side has no valid figure, 3 times in turn: It fell over.',
  });
  expect(states[1]?.outcome).toBe('refuted');
  expect(rounds).toBe(12);
  expect(order).toContain('1B 1A 1B1 1A1 1B2 1A2 2A 2B 3B');
});

test('a good side without a figure makes a cell incomparable, also where the other has none either', async () => {
  for (const value of [null, 1e7]) {
    const { states } = await play((side) => [measured(64, side === 'before' ? null : value)]);
    expect(states[0]).toMatchObject({ outcome: 'incomparable', isFinal: true });
  }
});

test('what the machine did to the suspected side, or once to the good one, is not held against it', async () => {
  const machine = await play((side) => [
    side === 'before' ? measured(64, 1e7) : { ...measured(64, null), isMachines: true },
  ]);
  expect(machine.states[0]?.outcome).toBe('incomparable');
  const once = await play((side, _round, repeat) => [
    measured(64, (side === 'before') === (repeat === 0) ? null : 1e7),
  ]);
  expect(once.states[0]?.outcome).toBe('incomparable');
});

test('a cell that only one side knows, and what is no figure, are missing', async () => {
  const unknown = await play((side) => (side === 'before' ? [measured(64, 1e7)] : []));
  expect(unknown.states[0]).toMatchObject({
    outcome: 'failed',
    reason: 'the suspected side has no valid figure, 3 times in turn: it says nothing of why.',
  });
  for (const value of [Number.NaN, 0, -3, Number.POSITIVE_INFINITY]) {
    const { states } = await play((side) => [measured(64, side === 'after' ? value : 1e7)]);
    expect(states[0]?.outcome, String(value)).toBe('failed');
  }
});

test('noise that hides the floor is undecided after all rounds', async () => {
  const { states, rounds } = await play((side, round) => [
    measured(64, 1e7 * (1 + 0.5 * Math.sin(13 * round + (side === 'after' ? 5 : 0)))),
  ]);
  expect(rounds).toBe(20);
  expect(states[0]).toMatchObject({ outcome: 'undecided', isFinal: true });
});

test('nothing measured at all ends at once, with nothing to say', async () => {
  expect(await play(() => [])).toMatchObject({ states: [], rounds: 1 });
});

test('what measuring throws ends the rounds', async () => {
  await expect(
    play(() => {
      throw new Error('interrupted');
    }),
  ).rejects.toThrow('interrupted');
});
