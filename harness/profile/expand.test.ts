import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expand, readShard, takeShard } from './expand.ts';
import type { PlannedCell, ResolvedProfile } from './plan.ts';

const profile: ResolvedProfile = {
  schema: 'profile/1',
  name: 'p',
  description: '',
  dataplanes: ['netvm', 'vhost-user', 'forwarder'],
  chains: [['forward'], ['forward', 'monitor']],
  frameSizesBytes: [64, 1518],
  lineRateBps: 10e9,
  generator: 'native',
  flows: 1,
  method: {
    name: 'rfc2544',
    trialDurationMs: 1,
    resolutionRatio: 0.1,
    lossRatio: 0,
    goals: [],
    minLoadRatio: 0.001,
    maxLoadRatio: 1,
    maxRepeats: 0,
    drainMs: 1,
  },
  latency: { loadsPercent: [50], durationMs: 1, repetitions: 1, stampEvery: 1, frameSizesBytes: [64] },
  generatorCeiling: { runs: 1, durationMs: 1 },
};

test('data planes alternate, the forwarder has one cell a frame size and no chain', () => {
  const cells = expand(profile).cells.map(
    (c) => `${c.frameSizeBytes} ${c.dataplane} ${c.isolation} ${c.nfs.join('>')}`,
  );
  expect(cells.slice(0, 5)).toEqual([
    '64 forwarder none ',
    '64 netvm process forward',
    '64 vhost-user process forward',
    '64 netvm process forward>monitor',
    '64 vhost-user process forward>monitor',
  ]);
  expect(cells).toHaveLength(10);
});

test('only netvm has a cell for each size of pages, and the usual one is not spoken of', () => {
  const cells = expand({ ...profile, hugePageSizesBytes: [4096, 2 ** 21, 2 ** 30] }).cells;
  const sizes = (name: string) =>
    cells
      .filter((c) => c.dataplane === name && c.frameSizeBytes === 64 && c.nfs.length < 2)
      .map((c) => c.hugePageSizeBytes);
  expect(sizes('netvm')).toEqual([4096, undefined, 2 ** 30]);
  expect([sizes('vhost-user'), sizes('forwarder')]).toEqual([[undefined], [undefined]]);
});

test('latency is measured where the profile says', () => {
  const measured = (latency: ResolvedProfile['latency']) =>
    new Set(
      expand({ ...profile, latency })
        .cells.filter((c) => c.measureLatency)
        .map((c) => c.frameSizeBytes),
    );
  expect(measured(profile.latency)).toEqual(new Set([64]));
  expect(measured(null)).toEqual(new Set());
});

/** Names of cells that are measured apart from their neighbour in the same chain and frame size. */
function apart(cells: readonly PlannedCell[]): string[] {
  const groups = Map.groupBy(cells, (cell) => `${cell.frameSizeBytes} ${cell.nfs.join('>')}`);
  return [...groups].flatMap(([name, group]) => {
    const places = group.map((cell) => cells.indexOf(cell));
    return Math.max(...places) - Math.min(...places) === group.length - 1 ? [] : [name];
  });
}

test('cells that will be compared are neighbours, in a whole plan and in each part', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...profile.dataplanes], { minLength: 2 }),
      fc.integer({ min: 1, max: 6 }),
      (dataplanes, of) => {
        const plan = expand({ ...profile, dataplanes });
        expect(apart(plan.cells)).toEqual([]);
        const alone = dataplanes.includes('forwarder') ? 1 : 0;
        for (let number = 1; number <= of; number++) {
          const { cells } = takeShard(plan, { number, of });
          expect(apart(cells)).toEqual([]);
          const chained = Map.groupBy(cells, (cell) => `${cell.frameSizeBytes} ${cell.nfs.join('>')}`);
          for (const group of chained.values())
            expect(group).toHaveLength(group[0]?.nfs.length === 0 ? 1 : dataplanes.length - alone);
        }
      },
    ),
  );
});

test('all shards together are the plan, each cell once', () => {
  const plan = expand(profile);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), (of) => {
      const parts = Array.from({ length: of }, (_, i) => takeShard(plan, { number: i + 1, of }).cells);
      expect(parts.flat().toSorted((a, b) => a.index - b.index)).toEqual(plan.cells);
    }),
  );
});

describe('--shard', () => {
  test('reads i/n', () => expect(readShard('2/3')).toEqual({ number: 2, of: 3 }));
  test.each(['', '0/3', '4/3', '1', '1/0', '-1/2', '1/2/3', '1.5/2'])('refuses %j', (text) => {
    expect(() => readShard(text)).toThrow('expected i/n with i from 1 to n');
  });
});
